# shellcheck shell=bash
# What holds for every command: numbers, output files, standard output, signals, locks. Sourced by tools/check_commands.

# commands WORDS...: every command that has no subcommands, a line each.
commands() {
  local name names
  names=$(subcommands "$@")
  [[ $names ]] || echo "$*"
  for name in $names; do commands "$@" "$name"; done
}

# number_options WORDS...: options of a command whose help says that they take a number, with its type: "--seed INT".
number_options() { "$program" "$@" --help | sed -n 's/^  \(--[a-zA-Z_]\+ \)\(INT\|UINT\|FLOAT\).*/\1\2/p'; }

# Every number of every command is refused with its name when it is not decimal or does not fit.
numbers() {
  local line option type words bad count=0
  local -a wrong=('0x10' '' '99999999999999999999999' '1e999' '+1' 'nan' '1 ' '0b1')
  while read -r line; do
    read -ra words <<<"$line"
    while read -r option type; do
      bad=${wrong[count++ % ${#wrong[@]}]}
      [[ $type == FLOAT && $bad == 9* ]] && bad=0x10  # it is a number, if a large one
      refuses "${words[@]}" "$option" "$bad"
      grep -qF -- "$option" err || fail "packrat $line $option '$bad' does not name the option: $(cat err)"
    done < <(number_options "${words[@]}")
  done < <(commands)
  ((count >= 70)) || fail "only $count options are numbers: has the help text changed?"
  refuses sweep rescon-cifar10 --seed 0x10 --emit_shell
  refuses sweep rescon-cifar10 --seed '' --emit_shell
  printf 'seed = 0x10\n' >hexadecimal.toml
  refuses run --config hexadecimal.toml --dump_config
  answers run --seed 010 --memory_size 0100 --dump_config
  has '^seed = 10$'
  has '^memory_size = 100$'
}

mistyped() {
  refuses rum
  grep -q 'did you mean run?' err || fail "no suggestion for 'rum': $(cat err)"
  grep -qF "there is no command 'rum'" err || fail "'rum' is not said to be no command: $(cat err)"
  refuses run --memory-size 5
  grep -q 'did you mean --memory_size?' err || fail "no suggestion for --memory-size: $(cat err)"
  refuses run --exp_name $'caf\xe9' "${quick[@]}"
  refuses energy measure --out e.json -- printf $'caf\xe9'
  [[ ! -e e.json ]] || fail "a command that is not UTF-8 was run"
}

# OpenBLAS takes its oldest kernels on a processor that it does not know.
blas_kernels() {
  grep -qw avx2 /proc/cpuinfo || return 0
  answers info
  ! grep -q 'BLAS  *OpenBLAS .* \(Prescott\|Core2\|Nehalem\)' out || fail "OpenBLAS computes without AVX2: $(grep BLAS out)"
  OPENBLAS_CORETYPE=Nehalem answers info
  ! grep -q 'BLAS  *OpenBLAS' out || grep -q 'BLAS .* Nehalem' out || fail "OPENBLAS_CORETYPE is not heeded: $(grep BLAS out)"
}

quick=(--data_dir data --num_passes 1 --memory_size 20 --encoder none --backbone mlp --log_dir front)

# Standard output that cannot be written is an error, whatever the command.
full_disk() {
  local words code
  answers run "${quick[@]}" --exp_name full
  while read -r words; do
    code=0
    # shellcheck disable=SC2086
    "$program" $words >/dev/full 2>err || code=$?
    ((code == 2)) || fail "packrat $words >/dev/full: exit code $code instead of 2"
    grep -q 'standard output cannot be written' err || fail "packrat $words >/dev/full: $(head -n 1 err)"
    code=0
    # shellcheck disable=SC2086
    "$program" $words >&- 2>err || code=$?
    ((code == 2)) || fail "packrat $words >&-: exit code $code instead of 2"
  done <<'END'
--help
--version
run --help
info
results front
results front --format csv
results front --format json
profile
profile resnet18 --format json
sweep --list
sweep rescon-cifar10 --print
sweep rescon-cifar10 --emit_shell
run --dump_config
codec describe --codec float16 --shape 2x2x2
data list
roofline --list --format json
regress --published
run --data_dir data --num_passes 1 --memory_size 20 --encoder none --backbone mlp --log_dir front --exp_name full
END
  [[ -s front/full/result.json ]] || fail "a run whose output nobody takes left no result"
}

# Outputs are tried before any work; links are followed, and pipes written to.
output_files() {
  mkdir -p far folder
  ln -s far/energy.json link.json
  answers_nothing energy measure --out link.json -- true
  [[ -L link.json && -s far/energy.json ]] || fail "a link was replaced by a file"
  mkfifo pipe
  cat pipe >piped &
  answers_nothing energy measure --out pipe -- true
  wait $!
  [[ -p pipe && -s piped ]] || fail "a pipe was replaced by a file"
  refuses energy measure --out folder -- touch was_run
  refuses energy measure --out /proc/none/x -- touch was_run
  [[ ! -e was_run ]] || fail "a command was run whose figures cannot be written"
  refuses run "${quick[@]}" --exp_name refused --save_buffer same --save_model ./same
  refuses run "${quick[@]}" --exp_name refused --save_model front/refused/result.json
  refuses run "${quick[@]}" --exp_name refused --save_model data/cifar-10-batches-bin/test_batch.bin
  refuses run "${quick[@]}" --exp_name refused --save_model folder
  refuses run "${quick[@]}" --log_dir /proc/none
  for name in .. ../up /abs a/../../b .; do refuses run "${quick[@]}" --exp_name "$name"; done
  [[ ! -e front/refused ]] || fail "a run that was refused left a folder"
}

# answers_nothing WORDS...: exit code 0.
answers_nothing() { limit 60 "$program" "$@" >out 2>err || fail "packrat $*: exit code $?: $(tail -n 1 err)"; }

overwriting() {
  answers run "${quick[@]}" --exp_name once
  answers run "${quick[@]}" --exp_name once
  has 'of the same options'
  refuses run "${quick[@]}" --exp_name once --seed 5
  grep -q "'seed = 0', here 'seed = 5'" err || fail "the difference is not named: $(cat err)"
  answers run "${quick[@]}" --exp_name once --seed 5 --overwrite
  has 'will be replaced'
}

long=(--data_dir data --num_passes 4000 --memory_size 60 --encoder none --backbone resnet18 --log_dir front)

# start_long NAME [PREFIX...]: begins a long run, its process in `pid`, and waits until it trains.
start_long() {
  rm -rf "front/$1"
  : >"$1.out"
  "${@:2}" "$program" run "${long[@]}" --exp_name "$1" >"$1.out" 2>&1 &
  pid=$!
  until grep -q '  pass ' "$1.out"; do
    kill -0 "$pid" 2>/dev/null || fail "the run ended before it was stopped: $(tail -n 1 "$1.out")"
    sleep 0.05
  done
}

signals() {
  local signal code pid
  for signal in HUP USR1 XCPU; do
    start_long "$signal" env --default-signal="$signal"  # nohup has SIGHUP ignored
    kill "-$signal" "$pid"
    code=0
    timeout 60 tail --pid="$pid" -f /dev/null || { kill -KILL "$pid" && fail "SIG$signal did not end the run in a minute"; }
    wait "$pid" || code=$?
    ((code == 130)) || fail "SIG$signal: exit code $code instead of 130"
    [[ -s front/$signal/checkpoint.safetensors ]] || fail "SIG$signal left no checkpoint"
  done
  # What is ignored at the start stays ignored.
  trap '' INT HUP
  start_long ignored
  trap - INT HUP
  kill -INT "$pid"
  kill -HUP "$pid"
  sleep 1
  kill -0 "$pid" 2>/dev/null || fail "a signal that was ignored ended the run"
  # Nobody else works in the folder meanwhile.
  refuses run "${long[@]}" --exp_name ignored
  grep -q "process $pid" err || fail "who works in the folder is not told: $(cat err)"
  kill -TERM "$pid"
  wait "$pid" || true
  # A reader that goes away ends no work.
  "$program" run "${quick[@]}" --exp_name piped 2>err | head -n 1 >/dev/null || true
  [[ -s front/piped/result.json ]] || fail "a run whose reader went away left no result: $(cat err)"
}

# Limits of the system: one line, and nothing half written.
limits() {
  local code=0
  (ulimit -f 8 && exec "$program" run "${quick[@]}" --exp_name large --save_buffer large.buffer) \
    >out 2>err || code=$?
  ((code == 2)) || fail "ulimit -f: exit code $code instead of 2: $(cat err)"
  grep -q 'File too large' err || fail "ulimit -f: $(cat err)"
  [[ ! $(find . -name '*.partial') ]] || fail "ulimit -f left $(find . -name '*.partial')"
  # What a process that is killed leaves goes with the next run.
  mkdir -p front/once
  : >front/once/result.json.4194304.partial
  answers run "${quick[@]}" --exp_name once --seed 5
  [[ ! $(find front/once -name '*.partial') ]] || fail "a leftover of a dead process stays"
}

check_front() {
  step "numbers of every command" numbers
  step "words that are mistyped, or no UTF-8" mistyped
  step "the kernels of OpenBLAS" blas_kernels
  step "standard output that cannot be written" full_disk
  step "output files" output_files
  step "results that are there already" overwriting
  step "signals and locks" signals
  step "limits of the system" limits
}
