# shellcheck shell=bash
# ./run pictures: every page of every face from the running program, as PNG. Sourced by ./run.

run_pictures() {
  local folder
  folder=$(realpath --canonicalize-missing "$CALLED_FROM/${1:-$HOUSE/pictures}")
  setup_test
  mkdir -p "$folder/terminal" "$folder/web"
  must "Pictures of the seat terminal" \
    cargo run --release --locked --package hemicycle-terminal --example gallery -- "$folder/terminal"
  must "Pictures of the console and the hall display" \
    npm run --silent --prefix server/web pictures -- "$folder/web"
  say "$(find "$folder" -name '*.png' | wc -l) pictures in $folder"
}
