# shellcheck shell=bash
# Sparsification of small networks, stopped stages, refusals. Sourced by tools/check_commands.

# small_mnist: 300 training and 100 test images whose level tells the class, as plain IDX files below ./data.
small_mnist() {
  mkdir -p data/mnist
  local part count
  for part in train t10k; do
    count=300
    [[ $part == train ]] || count=100
    perl -e '
      my ($count, $images, $labels) = @ARGV;
      srand($count);
      open(my $i, ">:raw", $images);
      open(my $l, ">:raw", $labels);
      print $i pack("NNNN", 0x803, $count, 28, 28);
      print $l pack("NN", 0x801, $count);
      for my $n (0 .. $count - 1) {
        print $l chr($n % 10);
        print $i map { chr(($n % 10) * 20 + int(rand(50))) } 1 .. 784;
      }' "$count" "data/mnist/$part-images-idx3-ubyte" "data/mnist/$part-labels-idx1-ubyte"
  done
}

refused_sparsify() {
  local small=(--dataset mnist --data_dir data --train_images 100 --out refused_sparse)
  refuses sparsify "${small[@]}" --model vgg16
  refuses sparsify "${small[@]}" --method l1
  refuses sparsify "${small[@]}" --method vd-approximate
  refuses sparsify "${small[@]}" --stages dense,sparsify --export refused.packed
  refuses sparsify --model head --data_dir data --out refused_sparse
  refuses sparsify "${small[@]}" --buffer encoded.buffer
  refuses sparsify "${small[@]}" --C -1
  refuses sparsify "${small[@]}" --schedule slow
  refuses sparsify "${small[@]}" --stages dense,prune
  refuses sparsify "${small[@]}" --stages fine-tune
  refuses sparsify "${small[@]}" --early_stop all
  refuses sparsify --dataset mnist --data_dir data --train_images 301
  refuses sparsify --dataset mnist --data_dir no_such_folder
  refuses sparsify --dataset kmnist --data_dir data
  refuses data get mnist --data_dir no_such_folder
}

small_sparsify() {
  local small=(--dataset mnist --data_dir data --train_images 100 --dense_epochs 2 --sparsify_epochs 3
    --finetune_epochs 2 --batch_size 20)
  answers data list --data_dir data
  has '^mnist +10'
  answers data verify mnist --data_dir data
  has 'sound, in data/mnist'
  answers run --dataset mnist --data_dir data --method ncm --encoder cutr --pool 1x1 --log_dir mnist_runs --save_model mnist.model
  has 'Accuracy on the test set, 10 classes'
  answers eval --model mnist.model --data_dir data
  local method
  for method in vd ard; do
    answers sparsify "${small[@]}" --method "$method" --C 20 --out "sparse_$method"
    has '^fine-tune: 2 epochs .*compression'
    [[ -s sparse_$method/sparsify.json ]] || fail "no snapshot of the sparsify stage"
  done
  (($(find data/dense -name 'dense-simpleconv-*' | wc -l) == 1)) || fail "the dense network was not shared"
  answers sparsify "${small[@]}" --complex --out sparse_complex --early_stop sparsify,fine-tune
  has 'validation'
  answers sparsify "${small[@]}" --complex --method vd-approximate --out sparse_approximate --export complex.packed
  same_accuracy complex.packed sparse_approximate
  answers sparsify "${small[@]}" --model twolayerdense --stages dense,sparsify --out sparse_dense
  answers sparsify --dataset cifar10 --data_dir data --train_images 60 --dense_epochs 1 --sparsify_epochs 1 \
    --finetune_epochs 1 --out sparse_colour
  refuses sparsify "${small[@]}" --C 20 --out sparse_vd
  answers sparsify "${small[@]}" --C 20 --out sparse_vd --resume
  has 'found on disk'
  packed_sparsify "${small[@]}" --C 20 --out sparse_vd
  stopped_sparsify "${small[@]}"
}

# A finished run is packed without training. packed_sparsify OPTIONS...
packed_sparsify() {
  answers sparsify "$@" --resume --export small.packed
  has "small.packed: $(stat -c %s small.packed) bytes.* in bytes"
  ! grep -q 'epoch ' out || fail "an export trained"
  same_accuracy small.packed sparse_vd
  refuses eval small.packed --data_dir data --dataset cifar10
  head -c 3000 small.packed >cut.packed
  refuses eval cut.packed --data_dir data
}

# What eval says of a packed network is what the run said. same_accuracy FILE FOLDER
same_accuracy() {
  answers eval "$1" --data_dir data
  has "acc $(json_accuracy "$2/fine-tune.json"),"
}

# json_accuracy FILE: of a stage, as eval prints it.
json_accuracy() { perl -ne 'printf "%.4f", $1 if /"accuracy": ([0-9.]+)/' "$1"; }

# The same weights after an interruption. stopped_sparsify OPTIONS...
stopped_sparsify() {
  "$program" sparsify "$@" --C 20 --out sparse_stopped >out 2>err &
  local run=$! code=0
  until grep -q 'sparsify  epoch   1' out || ! kill -0 "$run" 2>/dev/null; do sleep 0.05; done
  kill -INT "$run" 2>/dev/null || true
  wait "$run" || code=$?
  ((code == 130 || code == 0)) || fail "an interrupted sparsification ended with $code: $(tail -n 1 err)"
  answers sparsify "$@" --C 20 --out sparse_stopped --resume
  same_weights sparse_vd sparse_stopped
}

# The headers hold seconds, which differ; the tensors behind them do not.
same_weights() {
  local folder
  for folder in "$1" "$2"; do
    perl -e 'binmode STDIN; local $/; $_ = <STDIN>; print substr($_, 8 + unpack("Q<", substr($_, 0, 8)))' \
      <"$folder/fine-tune.safetensors" >"$folder/tensors"
  done
  cmp "$1/tensors" "$2/tensors" || fail "an interrupted sparsification gave other weights"
}

# The head of the group `runs`, behind block 3 of the ResNet-34.
head_sparsify() {
  local head=(--model head --head encoded.model --buffer encoded.buffer --data_dir data --sparsify_epochs 2
    --finetune_epochs 2 --batch_size 16)
  answers eval encoded.model --data_dir data
  local accuracy
  accuracy=$(sed -n 's/.*: acc \([0-9.]*\),.*/\1/p' out)
  answers sparsify "${head[@]}" --C 1 --out sparse_head --export head.packed
  has '^dense +[0-9.]+ % +[0-9]+ +[0-9]+'
  [[ $(json_accuracy sparse_head/dense.json) == "$accuracy" ]] || fail "the head does not have its run's accuracy, $accuracy"
  same_accuracy head.packed sparse_head
  refuses sparsify "${head[@]}" --complex --out refused_sparse
  refuses sparsify --model head --head encoded.buffer --buffer encoded.buffer --data_dir data --out refused_sparse
}

check_sparsify() {
  small_mnist
  step "sparsification: refusals" refused_sparsify
  step "sparsification" small_sparsify
  [[ ! -e encoded.model ]] || step "sparsification of a head" head_sparsify
}
