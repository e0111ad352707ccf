# shellcheck shell=bash
# Reports and figures of runs. Sourced by tools/check_commands. The runs are made up.

refused_reports() {
  node "$root/tools/page_check/make_runs.mjs" made_up
  mkdir -p nothing
  refuses report no_such_folder
  refuses report made_up --out /proc/no/report.html
  refuses report made_up --summary --format xml
  refuses plot
  refuses plot front made_up
  refuses plot no_such_figure made_up --out figure.pdf
  refuses plot front no_such_folder --out figure.pdf
  refuses plot front made_up --out figure.jpg
  refuses plot front made_up --out figure.pdf --choose bytes=guessed
  refuses plot front made_up --out figure.pdf --choose size=exact
  refuses plot front made_up --out figure.pdf --width 1000
  refuses plot front nothing --out figure.pdf
  refuses report nothing --summary
  refuses report nothing --published
  refuses report made_up --summary --published
  refuses results nothing --pack nothing.tar.xz
  refuses results made_up --pack /proc/no.tar.xz
  refuses results made_up --pack packed.tar.xz --where 'slots > 10'
  refuses results made_up --rebuild --columns codec
  refuses report made_up/no.tar.xz
}

# begins_with FILE TEXT: the figure is what its name says.
begins_with() { [[ $(head -c ${#2} "$1") == "$2" ]] || fail "$1 does not begin with $2"; }

reports() {
  answers report made_up --out report.html
  has '^[0-9]+ runs, [0-9]+ sparsifications and [0-9]+ figures in report.html$'
  begins_with report.html '<!DOCTYPE html>'
  tail -n 1 report.html | grep -q '</html>' || fail "report.html does not end"
  ! grep -qE '<(script|img|iframe)[^>]* src=|<link[^>]* href="[^d]' report.html || fail "report.html loads something"
  answers report made_up --out again.html
  cmp report.html again.html || fail "the same runs gave two different reports"
  answers report nothing --out empty.html
  has '^0 runs, 0 sparsifications '
  answers results made_up --pack packed.tar.xz
  has '^633 results, [0-9]+ bytes, packed into packed.tar.xz$'
  answers report packed.tar.xz --out packed.html
  has '^569 runs, 64 sparsifications and 24 figures '
  answers report "$root/docs/results" --out shipped.html
  has '^[1-9][0-9]+ runs, '
  answers report made_up --published
  has '^\| fashion-mnist +\| simpleconv +\| vd +\|'
  answers plot --list made_up
  has '^front +The best accuracy'
  has ' +bytes=measured\|exact\|published$'
  answers plot front made_up --out figure.pdf
  begins_with figure.pdf '%PDF-'
  answers plot early-stopping made_up --out figure.pdf --choose stage=sparsify
  begins_with figure.pdf '%PDF-'
  refuses plot early-stopping nothing --out figure.pdf --choose stage=sparsify
  answers plot compression-fashion-mnist nothing --out figure.svg --choose method=ard
  grep -q 'compression, ard' figure.svg || fail "figure.svg does not show the method that was chosen"
  answers plot front made_up --out figure.svg --choose bytes=exact --choose accuracy=best --width 12
  begins_with figure.svg '<?xml'
  grep -q 'best accuracy, %' figure.svg || fail "figure.svg does not show the accuracy that was chosen"
}

check_reports() {
  step "reports: refusals" refused_reports
  step "reports and figures for papers" reports
}
