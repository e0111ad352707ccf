# shellcheck shell=bash
# The Python package from the source tree, with the library beside the program. Sourced by tools/check_commands.

# Debian's Python has the packages; another one may come first in PATH.
python_here() {
  local python
  for python in /usr/bin/python3 python3; do
    ! "$python" -c 'import numpy, pytest' 2>/dev/null || { echo "$python" && return; }
  done
  return 1
}

python_tests() {
  local python library
  library=$(dirname "$(dirname "$program")")/lib/libpackrat.so
  [[ -e $library ]] || fail "no libpackrat beside $program"
  python=$(python_here) || fail "no Python with numpy and pytest: tools/install_packages --checks"
  PACKRAT_LIBRARY=$library limit 300 "$python" -m pytest -q -p no:cacheprovider -c "$root/pyproject.toml" "$root/python/tests" >out 2>&1 ||
    fail "python/tests: $(grep -m 1 -E '^(FAILED|ERROR)' out || tail -n 1 out)"
  tail -n 1 out
  PACKRAT_LIBRARY=$library PYTHONPATH=$root/python limit 300 "$python" "$root/examples/python/embeddings.py" >out 2>err ||
    fail "examples/python/embeddings.py: $(tail -n 1 err)"
  has 'times less an entry'
}

check_python() { step "the Python package" python_tests; }
