# shellcheck shell=bash
# A screen of our own for tests that open real windows. Sourced by ./run.

SCREEN=1920x1080x24

# with_screen COMMAND...: runs it with DISPLAY set to a virtual screen that has a window manager
# (without one a window cannot fill the screen), and takes both away afterwards.
with_screen() {
  local number=$CACHE/display screen
  : >"$number"
  Xvfb -displayfd 3 -screen 0 "$SCREEN" -nolisten tcp -noreset 3>"$number" &
  screen=$!
  trap 'end_jobs' EXIT
  until [[ -s $number ]]; do
    kill -0 "$screen" 2>/dev/null || fail "the virtual screen (Xvfb) did not start"
    sleep 0.05
  done
  DISPLAY=:$(<"$number")
  export DISPLAY
  matchbox-window-manager -use_titlebar no &
  "$@"
}

end_jobs() {
  local running
  mapfile -t running < <(jobs -p)
  ((${#running[@]} > 0)) || return 0
  kill "${running[@]}" 2>/dev/null || true
  wait "${running[@]}" 2>/dev/null || true
}
