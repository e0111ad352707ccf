# shellcheck shell=bash disable=SC2034
# Timed steps, shared by the scripts of this folder. To be sourced; sets `root` to the top of the source tree.
# A script that fails ends with one line that names the step, whatever the working directory.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
script=tools/$(basename "$0")
current_step=
step_start=$SECONDS

# Idle OpenMP threads sleep instead of spinning against the next phase.
export OMP_WAIT_POLICY=passive

say() { printf '%s\n' "$*"; }

fail() {
  current_step=
  printf '%s: %s\n' "$script" "$*" >&2
  exit 1
}

# step NAME COMMAND...: says what begins, runs it, says how long it took. `set -e` holds inside functions, too.
step() {
  current_step=$1
  step_start=$SECONDS
  say "== $current_step"
  "${@:2}"
  say "== $current_step: done in $((SECONDS - step_start)) s"
  current_step=
}

# limit SECONDS COMMAND...: ends a command that takes longer, with exit code 124.
limit() { timeout --foreground --kill-after=20 "$@"; }

# As many compilers as there are cores, as long as each has 1.5 GB.
build_jobs() {
  local cores memory_mb jobs
  cores=$(nproc)
  memory_mb=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  jobs=$((memory_mb / 1500))
  ((jobs >= 1)) || jobs=1
  ((jobs <= cores)) || jobs=$cores
  echo "$jobs"
}

# configure_build FOLDER OPTIONS...
configure_build() { limit 300 cmake -S "$root" -B "$1" -G Ninja --log-level=WARNING "${@:2}"; }

# build_targets FOLDER TARGET...
build_targets() { limit 3600 cmake --build "$1" --parallel "$(build_jobs)" --target "${@:2}"; }

# build_checked TARGET...: the build of the checks, with warnings as errors.
check_build=$root/build/check
check_flags="-O3 -DNDEBUG" check_more=(-DPACKRAT_TEST_FLAGS=-O0)
build_checked() {
  configure_build "$check_build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="$check_flags" -DPACKRAT_WERROR=ON "${check_more[@]}"
  build_targets "$check_build" "$@"
}

say_failure() {
  local code=$?
  ((code)) && [[ $current_step ]] || return 0
  local reason="exit code $code"
  case $code in
    124 | 137) reason="took longer than its time limit, or was killed" ;;
    130) reason="interrupted" ;;
  esac
  printf '%s: failed in step "%s" after %d s (%s)\n' "$script" "$current_step" $((SECONDS - step_start)) "$reason" >&2
}
trap say_failure EXIT
