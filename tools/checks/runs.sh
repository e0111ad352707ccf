# shellcheck shell=bash
# Runs: their files, the same result for any number of threads and after an interruption. Sourced by tools/check_commands.

refused_runs() {
  refuses run --no_such_option 1
  refuses run --dataset MNIST --data_dir data
  refuses run --num_tasks many
  refuses run --compressor quantization --n_states 1
  refuses run --compressor thinning --n_states 4
  refuses run --compressor thinning --compression_factor 1
  refuses run --encoder cutr34 --encoding_block 7
  refuses run --memory_bytes 1.5bananas
  refuses run --device tpu
  refuses run --data_dir no_such_folder --exp_name x
  refuses buffer inspect no_such_file
  refuses predict --model no_such_file picture.ppm
  refuses eval --model no_such_file --data_dir data
}

small=(--dataset CIFAR10 --num_tasks 5 --num_classes_per_task 2 --seed 0 --data_dir data --log_dir runs)

# A whole run with an encoder, and what is made from its files.
encoded_run() {
  answers run "${small[@]}" --num_passes 4 --encoder cutr34 --encoding_block 3 --backbone resnet --memory_bytes 100000 \
    --compressor quantization --n_states 4 --strategy local \
    --exp_name encoded --save_buffer encoded.buffer --save_model encoded.model
  [[ -s runs/encoded/result.json ]] || fail "the run left no result.json"
  [[ $(head -n 1 runs/encoded/checkpoint.log) == Namespace\(* ]] || fail "checkpoint.log does not begin with the options"
  tail -n 1 runs/encoded/checkpoint.log | grep -qE '^Acc: \[[0-9.e-]+\]$' ||
    fail "checkpoint.log does not end with the accuracy"
  local bytes
  bytes=$(stat -c %s encoded.buffer)
  ((bytes <= 200000)) || fail "a buffer of at most 100000 bytes took a file of $bytes bytes"
  answers buffer inspect encoded.buffer
  has 'agrees with the total'
  head -c 20000 encoded.buffer >cut.buffer
  refuses buffer inspect cut.buffer
  { printf 'P6\n32 32\n255\n' && tail -c 3072 data/cifar-10-batches-bin/test_batch.bin; } >picture.ppm
  answers predict --model encoded.model picture.ppm
  answers eval --model encoded.model --dataset CIFAR10 --data_dir data
}

same_scores() { cmp <(tail -n +2 "runs/$1/checkpoint.log") <(tail -n +2 "runs/$2/checkpoint.log"); }

# The same seed gives the same buffer, whatever the number of threads.
repeated_run() {
  local threads
  for threads in 1 2; do
    answers run "${small[@]}" --num_passes 2 --encoder none --backbone resnet18 --memory_size 60 \
      --compressor thinning --compression_factor 0.5 --threads "$threads" \
      --exp_name "pixels-$threads" --save_buffer "pixels-$threads.buffer"
  done
  cmp pixels-1.buffer pixels-2.buffer || fail "one and two threads filled different buffers"
  same_scores pixels-1 pixels-2 || fail "one and two threads reached different losses or accuracies"
  answers buffer inspect pixels-1.buffer --picture samples.png
  [[ -s samples.png ]] || fail "no picture was written"
}

# A run that is ended by a signal in the middle of its training, and then resumed, ends like one that was not.
interrupted_run() {
  local options=("${small[@]}" --num_passes 40 --encoder cutr34 --memory_size 200) pid code=0
  answers run "${options[@]}" --exp_name whole --save_buffer whole.buffer
  timeout --foreground 300 "$program" run "${options[@]}" --exp_name stopped --save_buffer stopped.buffer >out 2>err &
  pid=$!
  until grep -q '  pass ' out; do
    kill -0 "$pid" 2>/dev/null || fail "the run ended before it was stopped: $(tail -n 1 err)"
    sleep 0.05
  done
  kill -TERM "$pid"
  wait "$pid" || code=$?
  ((code == 130)) || fail "a run that was stopped ended with exit code $code instead of 130"
  [[ -s runs/stopped/checkpoint.safetensors && ! -e runs/stopped/result.json ]] || fail "a stopped run left no checkpoint"
  answers run "${options[@]}" --exp_name stopped --save_buffer stopped.buffer --resume
  has 'goes on in pass'
  cmp whole.buffer stopped.buffer || fail "the resumed run filled another buffer"
  same_scores whole stopped || fail "the resumed run reached another loss or accuracy"
  [[ ! -e runs/stopped/checkpoint.safetensors ]] || fail "a finished run left its checkpoint"
}

# Raw float32 rows through codecs, as another program would check them; and codecs measured on images.
codecs() {
  perl -e 'srand(1); print pack("f<*", map { my $x = rand(3) - 1; $x < 0 ? 0 : $x } 1 .. 1024 * 20)' >rows.f32
  answers codec describe --codec 'thin:factor=0.95|quantize:states=16,range=local,zero=exact' --shape 256x2x2
  has 'index +40 bytes +Elias-Fano'
  has 'entry +70 bytes'
  answers codec run --codec none --shape 256x2x2 --in rows.f32 --out same.f32
  has '20 entries of 4096 bytes each, 0 bytes shared, mse 0$'
  cmp rows.f32 same.f32 || fail "the codec none changed values"
  limit 60 "$program" codec run --codec quantize:states=16,range=local --shape 256x2x2 <rows.f32 >near.f32 2>err ||
    fail "packrat codec run between standard streams: $(tail -n 1 err)"
  grep -q '20 entries of 520 bytes each' err || fail "no bytes per entry in: $(cat err)"
  (($(stat -c %s near.f32) == $(stat -c %s rows.f32))) || fail "packrat codec run gave back another number of values"
  head -c 5000 rows.f32 >cut.f32
  refuses codec run --codec none --shape 256x2x2 --in cut.f32 --out same.f32
  answers codec bench --encoder none --images 20 --data_dir data --no_cache --codec none jpeg:quality=75 resize:size=16
  has 'jpeg:quality=75 .* [0-9]+ \([0-9]+-[0-9]+\)'
  has 'resize:size=16 +\| +768 '
}

configuration_file() {
  answers run "${small[@]}" --memory_size 50 --dump_config
  cp out run.toml
  answers run --config run.toml --dump_config
  cmp out run.toml || fail "--dump_config and --config do not give back the same options"
  printf 'no_such_option = 1\n' >bad.toml
  refuses run --config bad.toml
}

# Published counts, and a network told by its tensors: our own weights, and a model that a run has saved.
network_profiles() {
  answers profile
  has '^\| vgg16 .* 15483862016 \| +138357544 \|$'
  answers profile cnv-100 --counting strict
  has '^234724864 MACs, 469449728 operations \(2 a MAC\), 6157696 parameters'
  answers profile resnet18 --format json
  has '"macs": 1819066368'
  answers profile resnet18 --format csv
  has '^fc,linear,1000,512000,513000,4000$'
  answers profile --checkpoint "$root/models/weights/resnet34_tinyimagenet32.safetensors" --input 3x32x32
  has '^resnet34, input 3x32x32, output 200$'
  answers profile --checkpoint encoded.model
  has '^resnet34-head-3, input 256x2x2, output 10$'
  refuses profile --checkpoint encoded.buffer
}

# A sweep that is killed in the middle of a run and started again ends like one that was left alone.
killed_sweep() {
  local run grid=(where-to-split --data_dir data --encoder cutr34 --encoding_block 3 --seed 0 --memory_bytes 500000 --num_passes 30)
  answers sweep --list
  has 'rescon-cifar100 +188 runs'
  answers sweep "${grid[@]}" --dry_run
  has '^cifar10_cutr34-3_none_500000B_p30_s0_backbone-resnet34 +122 '
  answers sweep "${grid[@]}" --emit_shell --codec none --codec 'thin:factor=0.9|quantize:states=4,range=local'
  has "^packrat run --dataset CIFAR10 .*--codec 'thin:factor=0.9\|quantize:states=4,range=local'"
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
}

# A log as the original program writes it stands beside new runs.
imported_log() {
  mkdir -p old/run
  printf "Namespace(compressor='thinning', compression_factor=0.5, dataset='CIFAR10', encoder='none', memory_size=100)\nAcc: [0.25]\n" \
    >old/run/checkpoint.log
  answers results import old --out killed
  answers results killed --where 'imported = 1'
  has '\| CIFAR10 +\| none +\| thinning 0.5 +\| +100 \| +25.00 \|'
}

# The same seed gives the same buffer, whatever the number of threads.
repeated_run() {
  local threads
  for threads in 1 2; do
    answers run "${small[@]}" --num_passes 2 --encoder none --backbone resnet18 --memory_size 60 \
      --compressor thinning --compression_factor 0.5 --threads "$threads" \
      --exp_name "pixels-$threads" --save_buffer "pixels-$threads.buffer"
  done
  cmp pixels-1.buffer pixels-2.buffer || fail "one and two threads filled different buffers"
  same_scores pixels-1 pixels-2 || fail "one and two threads reached different losses or accuracies"
  answers buffer inspect pixels-1.buffer --picture samples.png
  [[ -s samples.png ]] || fail "no picture was written"
}

# A run that is ended by a signal in the middle of its training, and then resumed, ends like one that was not.
interrupted_run() {
  local options=("${small[@]}" --num_passes 40 --encoder cutr34 --memory_size 200) pid code=0
  answers run "${options[@]}" --exp_name whole --save_buffer whole.buffer
  timeout --foreground 300 "$program" run "${options[@]}" --exp_name stopped --save_buffer stopped.buffer >out 2>err &
  pid=$!
  until grep -q '  pass ' out; do
    kill -0 "$pid" 2>/dev/null || fail "the run ended before it was stopped: $(tail -n 1 err)"
    sleep 0.05
  done
  kill -TERM "$pid"
  wait "$pid" || code=$?
  ((code == 130)) || fail "a run that was stopped ended with exit code $code instead of 130"
  [[ -s runs/stopped/checkpoint.safetensors && ! -e runs/stopped/result.json ]] || fail "a stopped run left no checkpoint"
  answers run "${options[@]}" --exp_name stopped --save_buffer stopped.buffer --resume
  has 'goes on in pass'
  cmp whole.buffer stopped.buffer || fail "the resumed run filled another buffer"
  same_scores whole stopped || fail "the resumed run reached another loss or accuracy"
  [[ ! -e runs/stopped/checkpoint.safetensors ]] || fail "a finished run left its checkpoint"
}

configuration_file() {
  answers run "${small[@]}" --memory_size 50 --dump_config
  cp out run.toml
  answers run --config run.toml --dump_config
  cmp out run.toml || fail "--dump_config and --config do not give back the same options"
  printf 'no_such_option = 1\n' >bad.toml
  refuses run --config bad.toml
}

check_runs() {
  step "runs: refusals" refused_runs
  step "configuration file" configuration_file
  step "a run with an encoder, its buffer and its model" encoded_run
  step "the same run on one and two threads" repeated_run
  step "a run stopped and resumed" interrupted_run
}
