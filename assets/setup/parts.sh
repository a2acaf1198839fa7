# shellcheck shell=bash
# The parts that do not lie in the repository: the PDF library, the fonts, the web pages'
# packages, the test runner. Each is pinned by a hash and fetched once. Sourced by ./run.

PDFIUM=assets/lib/libpdfium.so
PDFIUM_SHA256=c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9
NEXTEST_VERSION=0.9.143

SANS=(400Regular 500Medium 700Bold)
SERIF=(500Medium 600SemiBold 700Bold)

run_setup() {
  local what=${1:-all} but=''
  case $what in
    demo)
      setup_demo window
      need_crates
      say "Everything is in place. Next: ./run demo"
      ;;
    test | all)
      setup_test
      need_crates
      need_peer
      [[ -n ${BELENIOS_TOOL:-} ]] || but=' but belenios-tool'
      say "Everything$but is in place. Next: ./run demo or ./run test"
      ;;
    *) fail "./run setup [demo|test]" ;;
  esac
}

# setup_demo window|headless
setup_demo() {
  local packages=("${BUILD_PACKAGES[@]}")
  [[ $1 == headless ]] || packages+=("${WINDOW_PACKAGES[@]}")
  need_toolchains
  need_packages "${packages[@]}"
  need_pdfium
  need_fonts
  need_web
}

setup_test() {
  need_toolchains
  need_checkers
  need_packages "${BUILD_PACKAGES[@]}" "${WINDOW_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  need_pdfium
  need_fonts
  need_web
  need_nextest
}

need_pdfium() {
  [[ $(uname -m) == x86_64 ]] ||
    fail "the pinned PDF library is for x86_64; put a libpdfium.so for $(uname -m) at $PDFIUM and its SHA-256 into assets/setup/parts.sh"
  pdfium_is_right || must "Fetching the PDF library" fetch_pdfium
}

pdfium_is_right() {
  [[ -f $PDFIUM ]] && sha256sum --check --status <<<"$PDFIUM_SHA256  $PDFIUM"
}

fetch_pdfium() {
  local folder=$CACHE/pdfium
  rm -rf "$folder"
  mkdir -p "$folder" assets/lib
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --requirement assets/setup/requirements.txt --dest "$folder"
  python3 -m zipfile -e "$folder"/pypdfium2-*.whl "$folder/wheel"
  cp "$folder/wheel/pypdfium2_raw/libpdfium.so" "$PDFIUM"
  rm -rf assets/lib/licences
  cp -r "$folder"/wheel/pypdfium2-*.dist-info/licenses assets/lib/licences
  rm -rf "$folder"
  pdfium_is_right || fail "$PDFIUM does not have the expected SHA-256 $PDFIUM_SHA256"
}

need_fonts() {
  fonts_are_right || must "Fetching the fonts (Noto Sans SC, Noto Serif SC)" fetch_fonts
}

fonts_are_right() {
  local weight
  for weight in "${SANS[@]}"; do [[ -f assets/fonts/NotoSansSC_$weight.ttf ]] || return 1; done
  for weight in "${SERIF[@]}"; do [[ -f assets/fonts/NotoSerifSC_$weight.ttf ]] || return 1; done
  stamped fonts assets/fonts/package-lock.json
}

# Installed to one side: the packages carry 200 MB of weights that are not used.
fetch_fonts() {
  local folder=$CACHE/fonts weight
  rm -rf "$folder"
  mkdir -p "$folder"
  cp assets/fonts/{package.json,package-lock.json,.npmrc} "$folder"
  npm ci --prefix "$folder" --no-progress
  for weight in "${SANS[@]}"; do
    cp "$folder/node_modules/@expo-google-fonts/noto-sans-sc/$weight/NotoSansSC_$weight.ttf" assets/fonts/
  done
  for weight in "${SERIF[@]}"; do
    cp "$folder/node_modules/@expo-google-fonts/noto-serif-sc/$weight/NotoSerifSC_$weight.ttf" assets/fonts/
  done
  rm -rf "$folder"
  stamp fonts assets/fonts/package-lock.json
}

need_web() {
  web_is_installed || must "Installing the web pages' packages" install_web
  web_is_built || must "Building the console and the hall display" build_web
}

web_is_installed() {
  [[ -d server/web/node_modules ]] && stamped web-packages server/web/package-lock.json
}

install_web() {
  npm ci --prefix server/web --no-progress
  stamp web-packages server/web/package-lock.json
}

# Everything that the pages are made of, so that a change of any of it builds them again.
web_sources() {
  find server/web assets/i18n \( -name node_modules -o -name dist -o -name e2e -o -name tests \) -prune \
    -o -type f -print0 | sort -z
}

web_is_built() {
  local sources
  mapfile -d '' -t sources < <(web_sources)
  [[ -f server/web/dist/console.html ]] && stamped web "${sources[@]}"
}

build_web() {
  local sources
  mapfile -d '' -t sources < <(web_sources)
  npm run --silent --prefix server/web build
  stamp web "${sources[@]}"
}

need_nextest() {
  export PATH=$PATH:$CACHE/tools/bin
  command -v cargo-nextest >/dev/null ||
    must "Building the test runner (once, some minutes)" build_nextest
}

# It only starts what it runs: optimising it takes longer than it saves. The feature is all of it but
# its own updater.
build_nextest() {
  CARGO_PROFILE_DEV_DEBUG=0 cargo install cargo-nextest --locked --version "$NEXTEST_VERSION" \
    --debug --no-default-features --features default-no-update --root "$CACHE/tools"
}

# A build fetches them by itself; this is for building later without a network.
need_crates() {
  fetch_crates --offline >/dev/null 2>&1 || must "Fetching the Rust crates" fetch_crates
}

fetch_crates() {
  cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')" "$@"
}

# Where cargo puts what it builds.
target_folder() { echo "${CARGO_TARGET_DIR:-$HOUSE/target}"; }
