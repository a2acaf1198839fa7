# shellcheck shell=bash
# shellcheck disable=SC2034
# Toolchains and Debian packages: looks first, installs only what is missing. Sourced by ./run.

# To build.
BUILD_PACKAGES=(gcc libc6-dev pkg-config libfontconfig-dev python3 python3-pip)
# To open a terminal window.
WINDOW_PACKAGES=(libfontconfig1 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0)
# To check everything and to make pictures.
TEST_PACKAGES=(git chromium xvfb xdotool matchbox-window-manager x11-apps imagemagick poppler-utils mupdf-tools shellcheck)

RUST_AT_LEAST=1.95.0
NODE_AT_LEAST=20.19.0

need_toolchains() {
  need_tool rustc "$RUST_AT_LEAST" "a Rust toolchain (rustup.rs)"
  need_tool cargo "$RUST_AT_LEAST" "a Rust toolchain (rustup.rs)"
  need_tool node "$NODE_AT_LEAST" "Node.js (nodejs.org)"
  command -v npm >/dev/null || fail "npm is missing: it comes with Node.js (nodejs.org)"
}

# Parts of a toolchain that some installations leave out.
need_checkers() {
  cargo fmt --version >/dev/null 2>&1 || fail "rustfmt is missing: rustup component add rustfmt"
  cargo clippy --version >/dev/null 2>&1 || fail "clippy is missing: rustup component add clippy"
}

need_tool() {
  local tool=$1 least=$2 source=$3 version
  command -v "$tool" >/dev/null || fail "$tool is missing: install $source, $least or newer"
  version=$("$tool" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
  at_least "$version" "$least" || fail "$tool is $version: install $source, $least or newer"
}

at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

# need_packages PACKAGE...: installs what is missing, or prints the one line that does.
need_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    note "This is not Debian. What these packages hold has to be there: $*"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  if ! as_root true 2>/dev/null; then
    fail "these Debian packages are missing; run this line, then again what you ran:
  $(install_line "${missing[@]}")"
  fi
  must "Installing Debian packages: ${missing[*]}" apt_install "${missing[@]}"
}

# For a machine that was never asked for a package and has no lists yet. Where there is no sudo, it
# takes root's own login shell: dpkg wants the folders of its PATH.
install_line() {
  local as='su - -c'
  ! command -v sudo >/dev/null || as='sudo sh -c'
  echo "$as 'apt-get update && apt-get install -y --no-install-recommends $*'"
}

missing_packages() {
  local installed
  # It exits with 1 when it has never heard of one of them, which is no error here.
  # shellcheck disable=SC2016
  installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$installed" || echo "$package"
  done
}

apt_install() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
  as_root "${apt[@]}" update
  as_root "${apt[@]}" install -y --no-install-recommends "$@"
}

# Never asks for a password: an installation that stops to ask hangs where nobody looks.
as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    command -v sudo >/dev/null && sudo --non-interactive "$@"
  fi
}
