# shellcheck shell=bash
# ./run demo: builds what the demo needs and hands over to its driver, which starts and stops
# every part of it. Sourced by ./run.

run_demo() {
  local faces=window option
  for option in "$@"; do
    case $option in
      --headless) faces=headless ;;
      -h | --help)
        usage
        return
        ;;
    esac
  done
  if [[ $faces == window && -z ${DISPLAY:-} ]]; then
    note "There is no display (DISPLAY is not set): no terminal windows." >&2
    faces=headless
  fi
  # Standard output is for what the demo itself has to say.
  setup_demo "$faces" >&2
  build_demo "$faces" >&2
  start_demo "$@"
}

# Two calls, always the same ones: the virtual seats are built without windows, the terminal with
# them, and neither build undoes the other.
build_demo() {
  say "Building the server and the virtual seats (the first time takes some minutes)"
  cargo build --release --locked --package hemicycle --package hemicycle-hardware-tests --bins
  [[ $1 == window ]] || return 0
  say "Building the seat terminal"
  cargo build --release --locked --package hemicycle-terminal --bins
}

# The driver takes this process's place, so that Ctrl-C reaches it and nothing in between.
start_demo() {
  local driver
  driver=$(target_folder)/release/hemicycle-demo
  cd "$CALLED_FROM" || fail "$CALLED_FROM is gone"
  exec "$driver" "$@"
}
