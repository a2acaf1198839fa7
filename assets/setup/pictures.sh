# shellcheck shell=bash
# ./run pictures: every page of every face from the running program, as PNG. Sourced by ./run.

# Those that README.md and the guides show: its name in docs/pictures, and which picture it is.
README_PICTURES=(
  "seat-vote=window/chosen"
  "seat-paper=seat/reader-1920x1080-zh-18pt"
  "seat-two=seat/reader-two-1920x1080-zh-18pt"
  "console=web/console-run-voting-zh-CN"
  "hall=web/hall-result-zh-CN-1280x720"
  "seat-sign-in=seat/sign-in-1280x800-zh-18pt"
  "seat-agenda=seat/agenda-1280x800-zh-18pt"
  "seat-secret=seat/vote-secret-chosen-1280x800-zh-18pt"
  "seat-submitted=seat/submitted-secret-1280x800-zh-18pt"
  "seat-result=seat/result-secret-1280x800-zh-18pt"
  "seat-pairing=seat/message-no-seat-1280x800-zh-18pt"
  "console-prepare=web/console-prepare-item-zh-CN"
  "console-roster=web/console-roster-mistakes-zh-CN"
  "console-seats=web/console-seats-zh-CN"
  "console-scrutineers=web/console-scrutiny-ready-zh-CN"
  "console-search=web/console-search-zh-CN"
  "console-count=web/console-count-form-zh-CN"
)

# [--readme] [DIR]
run_pictures() {
  local folder readme=''
  if [[ ${1:-} == --readme ]]; then
    readme=yes
    shift
  fi
  case ${1:-} in
    '') folder=$HOUSE/pictures ;;
    /*) folder=$1 ;;
    *) folder=$CALLED_FROM/$1 ;;
  esac
  setup_test
  need_built
  take_pictures "$folder"
  [[ -z $readme ]] || keep_readme_pictures "$folder"
}

take_pictures() {
  local folder=$1
  mkdir -p "$folder/seat" "$folder/web"
  must "Pictures of the seat in a meeting: each page, both panels, both languages, both ends of the text sizes" \
    "$(target_folder)/debug/examples/pictures" --out "$folder/seat"
  must "Pictures of the console and the hall display, with meetings of 31, 100 and 3376" \
    env HEMICYCLE_BIN="$(target_folder)/debug/hemicycle" npm run --silent --prefix server/web pictures -- "$folder/web"
  must "Pictures of a seat in a real window, in a real meeting" \
    with_screen env HEMICYCLE_PICTURES="$folder/window" \
    cargo nextest run --workspace --locked --filterset 'binary(windows)'
  say "$(find "$folder" -name '*.png' | wc -l) pictures in $folder"
}

keep_readme_pictures() {
  local pair
  mkdir -p docs/pictures
  for pair in "${README_PICTURES[@]}"; do
    # Flat colours and text: few colours are enough, and the clone stays small.
    convert "$1/${pair#*=}.png" -resize '1440x>' -strip -dither None -colors 192 \
      -define png:compression-level=9 "PNG8:docs/pictures/${pair%%=*}.png"
  done
  note "The pictures of README.md and the guides in docs/pictures are new: look at them before committing."
}
