# shellcheck shell=bash disable=SC2034
# For scripts that do the runs of one grid file and write a page from their results. To be sourced behind steps.sh, with the
# script's own arguments: sets packrat, data_dir, out (a folder of its name below runs/) and page, and keeps what is left for
# `packrat sweep`. The text at the top of the script is its --help.

# result_page PAGE ARGUMENT...
result_page() {
  packrat=build/release/bin/packrat
  data_dir=${PACKRAT_DATA_DIR:-data}
  out=runs/$(basename "$0")
  page=$1
  sweep=()
  shift
  while (($#)); do
    case $1 in
      --help)
        sed -n '2,/^set/ s/^# \?//p' "$0"
        exit
        ;;
      --packrat | --data_dir | --out | --page)
        (($# > 1)) || fail "$1 wants a value"
        declare -g "${1#--}=$2"
        shift
        ;;
      *) sweep+=("$1") ;;
    esac
    shift
  done
  [[ -x $packrat ]] || fail "$packrat is not there: build it, or name it with --packrat"
}

# column NAME: what the runs have in it, smallest first.
column() { "$packrat" results "$out" --sort "$1" --columns "$1" | tail -n +3 | tr -d '| ' | uniq; }

# sweep_and_write GRID: does the runs that are not finished, and writes the page with write_page. A sweep with failed runs ends
# with code 2 after all others are done: the page then lacks their rows.
sweep_and_write() {
  local code=0
  "$packrat" sweep "$1" --out "$out" --data_dir "$data_dir" "${sweep[@]}" || code=$?
  ((code == 0 || code == 2)) || exit "$code"
  write_page >"$page.partial"
  mv "$page.partial" "$page"
  say "written: $page"
  exit "$code"
}
