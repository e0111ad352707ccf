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
  refuses run --sampler keep_all
  refuses run --device tpu
  refuses run --method sdla
  refuses run --method slda --codec none
  refuses run --method ridge:lambda=-1
  refuses run --encoder cutr34 --blocks 4+3
  refuses run --views flip
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

# A sampler with a state of its own, in the budget and in the saved buffer.
run_with_a_state_in_the_sampler() {
  answers run "${small[@]}" --num_passes 1 --encoder none --backbone mlp --memory_bytes 400000 --sampler ring --exp_name ring \
    --save_buffer ring.buffer
  answers buffer inspect ring.buffer
  has 'sampler +ring'
  has 'index +580 '
}

# Runs without entries: the state is in the ledger, in a saved model, and under the budget.
closed_form_runs() {
  answers run "${small[@]}" --encoder cutr34 --method slda:pool=1x1,precision=bfloat16 --views flip --memory_bytes 71464 \
    --eval_tasks --exp_name slda --save_model slda.model
  has 'method_state'
  answers predict --model slda.model picture.ppm
  answers eval --model slda.model --data_dir data
  refuses run "${small[@]}" --encoder cutr34 --method slda:pool=1x1,precision=bfloat16 --memory_bytes 71463
  answers results runs --columns method,measured_bytes,final_acc
  has 71464
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
  : >out  # it still has the lines of the run before, which must not be taken for those of this one
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
  has 'continues in pass'
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
  step "a run whose sampler keeps something" run_with_a_state_in_the_sampler
  step "runs of closed forms, which keep no entries" closed_form_runs
  step "the same run on one and two threads" repeated_run
  step "a run stopped and resumed" interrupted_run
}
