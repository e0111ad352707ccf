# shellcheck shell=bash
# Sweeps and their results. Sourced by tools/check_commands.

refused_sweeps() {
  refuses results no_such_folder
  refuses results import no_such_folder --out imported
  refuses sweep
  refuses sweep no_such_preset --dry_run
  refuses sweep iso-byte --dry_run --only 'no such run'
  refuses sweep iso-byte --dry_run --compressor none --n_states 4
  refuses sweep where-to-split --out sweep --data_dir no_such_folder
  refuses sweep where-to-split --style notebook
  refuses sweep where-to-split --emit_shell --style notebook
}

# A sweep that is killed in the middle of a run and started again ends like one that was left alone.
killed_sweep() {
  local run grid=(where-to-split --data_dir data --encoder cutr34 --encoding_block 3 --seed 0 --memory_bytes 500000 --num_passes 16)
  answers sweep --list
  has 'rescon-cifar100 +188 runs'
  answers sweep "${grid[@]}" --dry_run
  has '^cifar10_cutr34-3_none_500000B_p16_s0_backbone-resnet34_test_features-raw +'
  answers sweep "${grid[@]}" --emit_shell --codec none --codec 'thin:factor=0.9|quantize:states=4,range=local'
  has "^packrat run --dataset CIFAR10 .*--codec 'thin:factor=0.9\|quantize:states=4,range=local'"
  answers sweep rescon-cifar100 --emit_shell --style notebook
  (($(grep -c '^packrat run --dataset CIFAR100 .*_resnet34__s0' out) == 104)) || fail "104 lines of the notebook have no encoder"
  answers sweep "${grid[@]}" --out whole
  "$program" sweep "${grid[@]}" --out killed >out 2>err &
  local pid=$!
  until grep -qs '  pass ' killed/*/worker.log; do
    kill -0 "$pid" 2>/dev/null || fail "the sweep ended before it was killed: $(tail -n 1 err)"
    sleep 0.05
  done
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  answers sweep "${grid[@]}" --out killed
  has '^resumed '
  for run in whole/*/; do
    run=$(basename "$run")
    cmp <(tail -n +2 "whole/$run/checkpoint.log") <(tail -n +2 "killed/$run/checkpoint.log") ||
      fail "the resumed sweep reached another loss or accuracy in $run"
  done
  answers sweep "${grid[@]}" --out killed
  ! grep -q '^started\|^resumed' out || fail "a finished run was started again"
  answers results killed --where "setting like 'quant%'" --sort 'best_acc desc' --format csv
  (($(wc -l <out) == 2)) || fail "one run of two was to be chosen: $(cat out)"
  rm killed/results.db
  answers results killed --rebuild
  [[ $(head -c 15 killed/results.db) == 'SQLite format 3' ]] || fail "results.db is not a database"
  refuses results killed --where 'no_such_column = 1'
  answers results killed --sort codec --columns codec,entry_bytes,raw_acc,roundtrip_acc,roundtrip_mse
  has '^\| none +\| +4096.0 \| +[01]\.[0-9]{4} \| +[01]\.[0-9]{4} \| +0.000000 \|$'
  answers results killed --over_seeds --columns codec,strategy,seeds,final_acc,final_acc_sd
  answers results killed --over_seeds --sort 'final_acc desc' --format csv
  refuses results killed --columns no_such_column
  refuses results killed --format csv --columns codec
}

# A sweep of sparsifications that is killed ends like one that was left alone, and trains one dense network.
sparsify_sweep() {
  local run
  cat >sparse.toml <<'END'
command = "sparsify"
dataset = "mnist"
data_dir = "data"
train_images = 100
method = ["vd", "ard"]
C = [2, 20]
dense_epochs = 20
sparsify_epochs = 20
finetune_epochs = 4
batch_size = 20
END
  answers sweep --list
  has '^sparsify-fashion +24 runs'
  answers sweep sparse.toml --dry_run --only 'C20-'
  has '^simpleconv-mnist-ard-C20-seed0.* 20 \+ 20 \+ 4 .*to do$'
  has '^2 runs: 2 waiting$'
  answers sweep sparse.toml --emit_shell --early_stop sparsify,fine-tune --C 2
  has '^packrat sparsify --dataset mnist .*--method vd --C 2 .*--early_stop sparsify,fine-tune .*--out '
  refuses sweep sparse.toml --dry_run --memory_size 10
  answers sweep sparse.toml --dry_run --model simpleconv,vgg16
  has "^not available: .*'?vgg16'?.* \(4 runs: "
  refuses audit --grid sparse.toml
  answers sweep sparse.toml --out sparse_whole --dense_cache sparse_cache
  (($(find sparse_cache -type f | wc -l) == 1)) || fail "more than one dense network: $(ls -A sparse_cache)"
  (($(grep -l 'dense: 20 epochs (all epochs, [0-9]* s)' sparse_whole/*/worker.log | wc -l) == 1)) ||
    fail "the dense network was not trained once"
  "$program" sweep sparse.toml --out sparse_killed --dense_cache killed_cache >out 2>err &
  local pid=$!
  until grep -qs 'sparsify  epoch' sparse_killed/*/worker.log; do
    kill -0 "$pid" 2>/dev/null || fail "the sweep ended before it was killed: $(tail -n 1 err)"
    sleep 0.05
  done
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  answers sweep sparse.toml --out sparse_killed --dense_cache killed_cache
  has '^4 runs: 4 finished'
  for run in sparse_whole/*/; do same_weights "$run" "sparse_killed/$(basename "$run")"; done
  answers sweep sparse.toml --out sparse_killed --dense_cache killed_cache
  ! grep -q '^started\|^resumed' out || fail "a finished sparsification was started again"
  answers results sparse_killed --where "method = 'ard'" --sort 'compression desc' --columns name,C,compression,after_acc
  (($(grep -c 'simpleconv-mnist-ard' out) == 2)) || fail "two sparsifications of four were to be chosen: $(cat out)"
  refuses results sparse_killed --over_seeds
  answers results sparse_killed killed
  has '^\| mnist +\| simpleconv +\| vd '
  refuses results sparse_killed killed --format csv
  answers results sparse_killed killed --format csv --table sparsifications
  (($(wc -l <out) == 5)) || fail "four sparsifications were to be written"
}

# A log as the original program writes it appears beside new runs.
imported_log() {
  mkdir -p old/run
  printf "Namespace(compressor='thinning', compression_factor=0.5, dataset='CIFAR10', encoder='none', memory_size=100)\nAcc: [0.25]\n" \
    >old/run/checkpoint.log
  answers results import old --out killed
  answers results killed --where 'imported = 1'
  has '\| CIFAR10 +\| none +\| thinning 0.5 +\| +100 \| +- +\| +25.00 \|'
}

# A plan chooses from a grid, and again without doing anything twice.
plans() {
  printf 'encoder = "cutr34"\nmethod = ["ncm:pool=1x1", "slda:pool=1x1,precision=int8", "slda"]\n' >ways.toml
  local plan=(plan --dataset cifar10 --data_dir data --grid ways.toml --out planned)
  refuses plan
  refuses "${plan[@]}" --budget none
  refuses "${plan[@]}" --budget 1000
  refuses "${plan[@]}" --budget 100000 --methods svm
  refuses "${plan[@]}" --budget 100000 --time soon
  refuses "${plan[@]}" --budget 100000 --holdout 1
  answers plan --print
  has '^method = '
  answers "${plan[@]}" --budget 100000
  has '^- cifar10_cutr34-3_slda_100000B_s0.*: a budget of 100000 bytes is too small'
  has '^Choice: [0-9.]+ % of the held-out images in [0-9]+ bytes$'
  has '^packrat run .*--memory_bytes 100000 '
  answers "${plan[@]}" --budget 100000 --format json
  has '"budget_bytes": "100000"'
  (($(grep -c 'done before' err) == 2)) || fail "a trial was done twice: $(cat err)"
  refuses "${plan[@]}" --budget 100000 --holdout 0.2
}

# Every command of REPRODUCIBILITY.md is one that the program takes, and one row is done.
reproducible_rows() {
  export PACKRAT=$program PACKRAT_DATA_DIR=$PWD/data PACKRAT_RUNS=$PWD/reproduced
  "$root/tools/reproduce" --check >out 2>err || fail "tools/reproduce --check: $(cat err)"
  has '^[0-9]+ rows: every command is one that '
  "$root/tools/reproduce" energy-study >out 2>err || fail "tools/reproduce energy-study: $(cat err)"
  has '^target of energy-study: 13 regressions'
  ! "$root/tools/reproduce" no-such-row >out 2>err || fail "a row that is not there was reproduced"
  grep -q "there is no row 'no-such-row'" err || fail "an unknown row is not named: $(cat err)"
}

check_sweeps() {
  step "sweeps: refusals" refused_sweeps
  step "a sweep killed and started again" killed_sweep
  step "a sweep of sparsifications killed and started again" sparsify_sweep
  step "plans" plans
  step "logs of the original program" imported_log
  step "rows of REPRODUCIBILITY.md" reproducible_rows
}
