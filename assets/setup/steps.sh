# shellcheck shell=bash
# ./run test: the steps, in the order in which they say something soonest. Sourced by ./run.
# A new check is a function here and its name in STEPS.

STEPS=(tidy shell format web build clippy rust docs browser demo)

run_test() {
  local chosen=("$@") name
  case ${1:-} in
    list)
      printf '%s\n' "${STEPS[@]}"
      return
      ;;
    '') chosen=("${STEPS[@]}") ;;
  esac
  for name in "${chosen[@]}"; do
    [[ " ${STEPS[*]} " == *" $name "* ]] || fail "there is no step \"$name\"; ./run test list names them"
  done
  setup_test
  for name in "${chosen[@]}"; do "check_$name"; done
  closing
}

check_tidy() {
  step "The tree is tidy" python3 assets/setup/tidy.py
  step "What watches over the tree works" python3 -m unittest discover --start-directory assets/setup
}

check_shell() {
  local scripts
  mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' run .ci/run)
  step "Shell scripts (shellcheck)" shellcheck "${scripts[@]}"
}

check_format() { step "Format" cargo fmt --all --check; }

check_web() {
  step "Web: types" npm run --silent --prefix server/web check
  step "Web: unit tests" npm test --silent --prefix server/web
}

# Binaries, tests and examples in one build, which every later step uses.
check_build() {
  must "Build" cargo build --workspace --bins --tests --examples --locked
}

check_clippy() {
  step "Clippy, warnings denied" cargo clippy --workspace --all-targets --locked -- --deny warnings
}

check_rust() {
  step "Rust: unit, property and scenario tests, real windows" \
    cargo nextest run --workspace --locked --no-tests fail
  name_ignored
}

# A test that does not run is named, each time.
name_ignored() {
  local ignored
  ignored=$(cargo nextest list --workspace --locked --run-ignored only --message-format oneline 2>/dev/null || true)
  [[ -z $ignored ]] || printf '    not run, marked as ignored:\n      %s\n' "${ignored//$'\n'/$'\n'      }"
}

check_docs() {
  step "Rust: examples in the documentation" cargo test --doc --workspace --locked --quiet
}

check_browser() {
  must "Build of the server" cargo build --package hemicycle --bins --locked
  step "Web: console and hall in Chromium" \
    env HEMICYCLE_BIN="$(target_folder)/debug/hemicycle" npm run --silent --prefix server/web e2e
}

check_demo() {
  step "A whole meeting: demo --auto --headless" whole_meeting
}

whole_meeting() {
  "$(target_folder)/debug/hemicycle-demo" --auto --headless
}
