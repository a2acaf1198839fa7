#!/bin/sh
# Rebuilds the sample meeting's papers and checks them.  ./make.sh [--fonts DIR] [--only REGEX] [--check]
# Needs python3 with venv, chromium, and the Noto fonts (default: assets/fonts). --check only checks what is there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
fonts="$root/assets/fonts"
only=
check=

while [ $# -gt 0 ]; do
    case "$1" in
        --fonts) fonts=$2; shift 2 ;;
        --only) only=$2; shift 2 ;;
        --check) check=1; shift ;;
        *) sed -n '2,3p' "$0" >&2; exit 2 ;;
    esac
done

venv="$root/.cache/sample-papers"
wanted=$(cksum < "$here/src/requirements.txt")
if [ ! -x "$venv/bin/python" ] || [ "$(cat "$venv/made-for" 2>/dev/null)" != "$wanted" ]; then
    python3 -m venv "$venv" || { echo "python3 has no venv: apt-get install python3-venv" >&2; exit 1; }
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/src/requirements.txt"
    printf '%s' "$wanted" > "$venv/made-for"
fi
export PYTHONDONTWRITEBYTECODE=1

if [ -z "$check" ]; then
    command -v chromium >/dev/null || { echo "chromium is missing: apt-get install chromium" >&2; exit 1; }
    iconv -f UTF-8 -t GB18030 "$here/roster.csv" > "$here/roster-gb18030.csv"
    "$venv/bin/python" "$here/src/build.py" --fonts "$fonts" --only "$only"
fi
"$venv/bin/python" "$here/src/check.py"
