# shellcheck shell=bash
# Words on the terminal, steps with their time, and stamps. Sourced by ./run.
# Nothing here knows what is being built.

CACHE=$HOUSE/.cache
LOGS=$CACHE/logs
FAILED=()
PASSED=0
mkdir -p "$LOGS" "$CACHE/stamps"

if [[ -t 1 ]]; then
  BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' GREEN='' RED='' PLAIN=''
fi

say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*"; }

note() { printf '    %s\n' "$*"; }

fail() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2
  exit 1
}

# step TITLE COMMAND...: runs the command with its output in a file, and shows that only when it
# fails. The failure is remembered, so that one run names everything that is wrong.
# Must not be called as a condition: the command has to stop at its first failing line.
step() {
  local title=$1 log status watcher='' start=$SECONDS
  shift
  log=$LOGS/$(slug "$title").log
  : >"$log"
  say "$title"
  if [[ -t 1 ]]; then
    watch "$log" &
    watcher=$!
  fi
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  [[ -z $watcher ]] || unwatch "$watcher"
  if ((status == 0)); then
    PASSED=$((PASSED + 1))
    closing_lines "$log"
    printf '    %sok%s  %s\n' "$GREEN" "$PLAIN" "$(duration $((SECONDS - start)))"
  else
    FAILED+=("$title")
    show_failure "$title" "$log" "$status" $((SECONDS - start))
  fi
}

# On a terminal: one line that says how long it has been and what was said last.
watch() {
  local start=$SECONDS last
  while sleep 1; do
    last=$(tail -n 1 "$1" | tr -d '\000-\037' | cut -c 1-90)
    printf '\r\e[K    %s  %s' "$(duration $((SECONDS - start)))" "$last"
  done
}

unwatch() {
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  printf '\r\e[K'
}

# Like step, for what everything after it stands on: a failure ends the run.
must() {
  local before=${#FAILED[@]}
  step "$@"
  ((${#FAILED[@]} == before)) || closing
}

# The last words: what failed, by name, and the exit code.
closing() {
  printf '\nsteps: %d passed, %d failed\n' "$PASSED" "${#FAILED[@]}"
  if ((${#FAILED[@]} > 0)); then
    printf '%sfailed:%s %s\n' "$RED" "$PLAIN" "$(join ', ' "${FAILED[@]}")"
    exit 1
  fi
  exit 0
}

show_failure() {
  local title=$1 log=$2 status=$3 seconds=$4
  printf '    %sfailed%s  %s, exit code %s. Its output:\n' "$RED" "$PLAIN" "$(duration "$seconds")" "$status"
  if (($(wc -l <"$log") > 400)); then
    note "(the last 400 lines; all of it is in ${log#"$HOUSE"/})"
  fi
  tail -n 400 "$log" | sed 's/^/    | /'
  printf '    %sfailed:%s %s\n' "$RED" "$PLAIN" "$title"
}

# The lines with which test runners close: a step that ran tests says how many.
closing_lines() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" |
    grep -E '^ +Summary \[|^test result: .* [1-9][0-9]* passed|^ +Tests +[0-9]|^Ran [0-9]+ tests|^[0-9]+ of [0-9]+ scenarios passed|^ +.* / made by ' |
    sed 's/^ */    /' || true
}

# A title may be a whole sentence, a file's name may not.
slug() { cut -c 1-80 <<<"$1" | tr -cs 'a-zA-Z0-9' '-' | sed 's/^-*//; s/-*$//' | tr '[:upper:]' '[:lower:]'; }

duration() {
  if (($1 < 60)); then
    printf '%d s' "$1"
  else
    printf '%d min %d s' $(($1 / 60)) $(($1 % 60))
  fi
}

join() {
  local between=$1 first=$2 part
  shift 2
  printf '%s' "$first"
  for part in "$@"; do printf '%s%s' "$between" "$part"; done
}

# stamped NAME FILE...: whether NAME was stamped when these files had the bytes they have now.
stamped() {
  local stamp=$CACHE/stamps/$1
  shift
  [[ -f $stamp ]] && [[ $(<"$stamp") == "$(digest "$@")" ]]
}

stamp() {
  local stamp=$CACHE/stamps/$1
  shift
  digest "$@" >"$stamp"
}

digest() { sha256sum -- "$@" | sha256sum | cut -d' ' -f1; }
