# shellcheck shell=bash
# ./run pictures: every page of every face from the running program, as PNG. Sourced by ./run.

run_pictures() {
  local folder
  case ${1:-} in
    '') folder=$HOUSE/pictures ;;
    /*) folder=$1 ;;
    *) folder=$CALLED_FROM/$1 ;;
  esac
  setup_test
  need_built
  mkdir -p "$folder/seat" "$folder/web"
  must "Pictures of the seat: each page, both panels, both languages, both ends of the text sizes" \
    "$(target_folder)/debug/examples/gallery" --out "$folder/seat"
  must "Pictures of the console and the hall display" \
    env HEMICYCLE_BIN="$(target_folder)/debug/hemicycle" npm run --silent --prefix server/web pictures -- "$folder/web"
  say "$(find "$folder" -name '*.png' | wc -l) pictures in $folder"
}
