# shellcheck shell=bash
# Features from files: written by packrat encode, read by every command that takes a data set. Sourced by tools/check_commands.

refused_features() {
  refuses run --dataset features:no_such_folder --data_dir data
  refuses run --dataset features:
  refuses run --dataset features:a.npz,b.npz --backbone mlp
  refuses encode --dataset cifar10 --data_dir data --blocks 4+3 --out never
  refuses encode --dataset features:emb --out never
  refuses encode --dataset cifar10 --data_dir data --format npy --dtype bfloat16 --out never
  [[ ! -e never/train.features.npy ]] || fail "a refused command wrote files"
}

# encode_small WORDS...: the made-up images as features.
encode_small() { answers encode --dataset cifar10 --data_dir data --encoder cutr34 --encoding_block 3 "$@"; }

# The same codec, head and seed give the same accuracy on images and on the features of these, in float32.
features_round_trip() {
  local options=(--num_tasks 5 --num_classes_per_task 2 --data_dir data --log_dir feature_runs)
  local codec=(--num_passes 2 --memory_bytes 100000 --codec 'quantize:states=4,range=local')
  answers encode --dataset cifar10 --data_dir data --encoder none --out emb
  has '1000 training and 200 test images of CIFAR10: rows of 3x32x32 float32 values'
  refuses encode --dataset cifar10 --data_dir data --out emb
  encode_small --out emb --overwrite
  has 'rows of 256x2x2 float32 values'
  answers run "${options[@]}" --dataset cifar10 --encoder cutr34 "${codec[@]}" --exp_name images --save_buffer images.buffer
  answers run "${options[@]}" --dataset features:emb --backbone resnet34 --backbone_block 3 "${codec[@]}" --exp_name features \
    --save_buffer features.buffer --save_model features.model
  has 'no encoder is run, so 0 bytes'
  has 'encoder_weights +0 '
  cmp <(tail -n +2 feature_runs/images/checkpoint.log) <(tail -n +2 feature_runs/features/checkpoint.log) ||
    fail "images and their features reached different losses or accuracies"
  answers eval --model features.model --data_dir data
}

# Half-precision .npy files, and every other command on them.
features_everywhere() {
  local set=(--dataset features:npy --data_dir data)
  encode_small --pool 1x1 --views flip --dtype float16 --format npy --out npy
  has 'rows of 256x1x1 float16 values'
  answers run "${set[@]}" --recipe fast --backbone linear --num_passes 2 --memory_size 60 --log_dir feature_runs --exp_name linear \
    --save_model linear.model
  answers predict --model linear.model npy/test.features.npy
  (($(grep -c 'npy row ' out) == 200)) || fail "200 rows were to be named: $(head -n 3 out)"
  answers eval --model linear.model --data_dir data
  refuses run "${set[@]}" --backbone mlp --encoder cutr34
  refuses run "${set[@]}" --backbone resnet
  refuses pretrain "${set[@]}" --out never.safetensors
  refuses ranges "${set[@]}"
  refuses codec preview "${set[@]}" --codec none --out never.png
  answers data verify features:npy --data_dir data
  has 'all sound'
  answers fit quantize:states=16,range=fit "${set[@]}" --out features.codec
  answers codec bench "${set[@]}" --images 20 --no_cache --codec none float16
  printf 'dataset = "features:npy"\nnum_tasks = 5\nnum_classes_per_task = 2\nmethod = ["ncm", "slda"]\n' >features.toml
  answers sweep features.toml --data_dir data --out feature_sweep
  answers plan --budget 100000 "${set[@]}" --grid features.toml --out feature_plan
  has 'slda'
  truncate -s 20000 npy/train.features.npy
  refuses run "${set[@]}" --method ncm
  grep -q 'train.features.npy: .*truncated' err || fail "the file that was cut short is not named: $(cat err)"
}

check_features() {
  step "features from files: refusals" refused_features
  step "images, and the features of these" features_round_trip
  step "features in every command" features_everywhere
}
