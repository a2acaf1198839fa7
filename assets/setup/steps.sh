# shellcheck shell=bash
# ./run test: the steps, in the order in which they say something soonest. Sourced by ./run.
# A new check is a function here and its name in STEPS. Each asks for what it needs, so that one
# alone does not wait for the rest.

STEPS=(tidy shell format web build rust docs clippy lan browser demo)
BUILT=''
# Where the box that was begun beside another step writes its end.
LAN=''

run_test() {
  local chosen=("$@") name
  case ${1:-} in
    list)
      printf '%s\n' "${STEPS[@]}"
      return
      ;;
    '')
      chosen=("${STEPS[@]}")
      setup_test
      ;;
  esac
  for name in "${chosen[@]}"; do
    [[ " ${STEPS[*]} " == *" $name "* ]] || fail "there is no step \"$name\"; ./run test list names them"
  done
  for name in "${chosen[@]}"; do
    # It mostly waits, and so does not mind the compiler.
    [[ $name != clippy || " ${chosen[*]} " != *" lan "* ]] || begin_lan
    "check_$name"
  done
  closing
}

need_for_build() { setup_demo window; }

check_tidy() {
  need_packages git python3
  step "The tree is tidy" python3 assets/setup/tidy.py
  step "What watches over the tree works" python3 -m unittest discover --start-directory assets/setup
}

check_shell() {
  local scripts
  need_packages git shellcheck
  mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' run .ci/run)
  step "Shell scripts (shellcheck)" shellcheck "${scripts[@]}"
  # Debian's own tool for them; a machine that was started otherwise may not have it.
  if command -v systemd-analyze >/dev/null; then
    step "Units (systemd-analyze verify)" units_are_sound
  fi
}

# The programs that the units start are not installed here: another one stands in for them.
units_are_sound() {
  local unit folder told
  folder=$(mktemp -d)
  for unit in assets/systemd/*.service; do
    sed -E 's#(ExecStart=)[^ ]+#\1/bin/true#' "$unit" >"$folder/${unit##*/}"
    told=$(systemd-analyze verify "$folder/${unit##*/}" 2>&1) || true
    told=$(grep -F "${unit##*/}" <<<"$told") || true
    [[ -z $told ]] || {
      printf '%s\n' "$told"
      rm -r "$folder"
      return 1
    }
  done
  rm -r "$folder"
}

check_format() {
  need_toolchains
  need_checkers
  step "Format" cargo fmt --all --check -- --color never
}

check_web() {
  need_toolchains
  need_web
  step "Web: types" npm run --silent --prefix server/web check
  step "Web: unit tests" npm test --silent --prefix server/web
}

# Binaries, tests and examples in one build with one set of features, which every later step
# uses: a build of one package alone would unify features otherwise and build its crates again.
check_build() {
  need_for_build
  must "Build" cargo build --workspace --bins --tests --examples --locked
  BUILT=1
}

need_built() { [[ -n $BUILT ]] || check_build; }

check_clippy() {
  need_for_build
  need_checkers
  step "Clippy, warnings denied" cargo clippy --workspace --all-targets --locked -- --deny warnings
}

check_rust() {
  setup_test
  need_built
  need_peer
  step "Rust: unit, property and scenario tests, real windows" \
    with_screen cargo nextest run --workspace --locked --no-tests fail
  name_ignored
}

# A test that does not run is named, each time.
name_ignored() {
  local ignored
  ignored=$(cargo nextest list --workspace --locked --run-ignored only --message-format oneline 2>/dev/null || true)
  [[ -z $ignored ]] || printf '    not run, marked as ignored:\n      %s\n' "${ignored//$'\n'/$'\n'      }"
}

check_docs() {
  need_built
  step "Rust: examples in the documentation" cargo test --doc --workspace --locked --quiet
}

check_browser() {
  setup_test
  need_built
  step "Web: console and hall in Chromium" \
    env HEMICYCLE_BIN="$(target_folder)/debug/hemicycle" \
    HEMICYCLE_SWARM="$(target_folder)/debug/hemicycle-swarm" E2E_OUT="$CACHE/e2e" npm run --silent --prefix server/web e2e
}

check_demo() {
  need_built
  step "A whole meeting: demo --auto --headless" whole_meeting
}

whole_meeting() {
  local data code=0
  data=$(mktemp -d)
  "$(target_folder)/debug/hemicycle-demo" --auto --headless --data "$data" || code=$?
  rm -rf "$data"
  return "$code"
}

# Where it is not allowed to make network namespaces, it says so, loudly, and is neither passed nor failed.
check_lan() {
  local title="A local network in a box: discovery, pairing, a meeting, faults"
  if [[ -n $LAN ]]; then
    step "$title" lan_that_was_begun
  elif lan_is_possible; then
    step "$title" run_lan
  else
    say "${RED}NOT RUN${PLAIN}: a local network in a box (root, network namespaces and /dev/net/tun are needed)"
  fi
}

lan_program() { printf '%s/debug/hemicycle-lan' "$(target_folder)"; }

lan_is_possible() {
  need_packages iproute2 util-linux
  need_built
  as_root "$(lan_program)" allowed 2>/dev/null || return 1
  # Faults are the kernel's own work. Where it cannot do that, another kernel is started that can.
  has_netem || [[ $(uname -m) != x86_64 ]] || need_packages user-mode-linux busybox-static cpio kmod
}

has_netem() {
  as_root unshare --net sh -c 'ip link set lo up && tc qdisc add dev lo root netem delay 1ms' 2>/dev/null
}

# Where there is no such kernel either, the cables of the box do what netem would.
run_lan() {
  local code=0
  if ! has_netem; then
    as_root hardware-tests/lan/kernel.sh "$(lan_program)" || code=$?
    ((code == 125)) || return "$code"
  fi
  as_root "$(lan_program)"
}

begin_lan() {
  lan_is_possible || return 0
  LAN=$(mktemp -d)
  (
    code=0
    run_lan >"$LAN/said" 2>&1 </dev/null || code=$?
    printf '%s\n' "$code" >"$LAN/new" && mv "$LAN/new" "$LAN/code"
  ) &
}

lan_that_was_begun() {
  local code
  while [[ ! -e $LAN/code ]]; do sleep 1; done
  cat "$LAN/said"
  code=$(cat "$LAN/code")
  rm -r "$LAN"
  return "$code"
}
