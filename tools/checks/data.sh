# shellcheck shell=bash
# Data sets: verified, and refused when altered. Sourced by tools/check_commands.

refused_data() {
  refuses data get
  refuses data get no_such_set --data_dir data
  refuses data get cifar10 --from no_such_file --data_dir elsewhere
  refuses data verify cifar10 --data_dir no_such_folder
  refuses data get folder:no_such_folder --data_dir data
  mkdir -p one_class/cats
  small_pictures one_class/cats 3
  refuses run --dataset folder:one_class --data_dir data
  refuses data get folder:pictures --from archive.zip --data_dir data
}

# small_pictures FOLDER COUNT: pictures of 20 x 24 pixels, of a colour that depends on the folder's name.
small_pictures() {
  local i
  mkdir -p "$1"
  for ((i = 0; i < $2; ++i)); do
    perl -e '
      my ($folder, $seed) = @ARGV;
      srand($seed);
      my @level = map { ord(substr($folder, $_, 1)) * 7 % 200 } -3 .. -1;
      print "P6\n20 24\n255\n", map { my $i = $_; chr($level[$i % 3] + int(rand(56))) } 0 .. 20 * 24 * 3 - 1;
    ' "$1" "$i" >"$1/$i.ppm"
  done
}

# A folder of pictures through every command that takes a data set.
picture_folder() {
  local name
  for name in cat dog owl cow; do small_pictures "pictures/$name" 24; done
  printf 'about these\n' >pictures/readme.txt
  answers data get folder:pictures --data_dir data
  has 'training and [0-9]+ test images of 4 classes'
  has '1 file\(s\) left out'
  answers data list folder:pictures --data_dir data
  answers data verify folder:pictures --data_dir data
  has 'all sound'
  answers run --dataset folder:pictures --data_dir data --num_tasks 2 --num_classes_per_task 2 --memory_size 20 \
    --num_passes 2 --batch_size 4 --encoder cutr34 --codec 'quantize:states=16,range=fit' --fit_on folder:pictures \
    --log_dir folder_runs --save_model folder.model
  has 'Accuracy on the test set, 4 classes'
  [[ -d $(echo folder_runs/pictures-*) ]] || fail "no sane run folder in: $(ls folder_runs)"
  answers eval --model folder.model --data_dir data
  answers predict --model folder.model pictures/cat/0.ppm
  has '(cat|dog|owl|cow)'
  answers ranges --dataset folder:pictures --data_dir data --encoding_block 3
  answers ranges --dataset folder:pictures --data_dir data --encoder cutr --encoding_block none --encoding_block 3
  answers fit quantize:states=8,range=fit --dataset folder:pictures --data_dir data --encoder none --out folder.codec
  answers codec preview --dataset folder:pictures --data_dir data --codec jpeg:quality=50 --images 4 --out sheet.png
  has 'sheet.png'
  answers pretrain --dataset folder:pictures --data_dir data --epochs 1 --batch_size 32 --classes 0-2 --out folder.safetensors
  answers run --dataset folder:pictures --data_dir data --num_tasks 2 --num_classes_per_task 2 --memory_size 20 \
    --num_passes 1 --batch_size 4 --encoder cutr --weights folder.safetensors --log_dir folder_runs --exp_name pretrained
  printf 'dataset = "folder:pictures"\nnum_tasks = 2\nnum_classes_per_task = 2\nmemory_size = [8, 12]\nnum_passes = 1\nbackbone = "mlp"\n' \
    >folder.toml
  answers sweep folder.toml --data_dir data --out folder_sweep
  answers results folder_sweep --where "dataset = 'folder:pictures'" --format csv
  (($(wc -l <out) == 3)) || fail "two runs of a folder were to be listed: $(cat out)"
  answers report folder_sweep --out folder.html
  mv pictures pictures_elsewhere
  answers eval --model folder.model --dataset folder:pictures_elsewhere --data_dir data
  printf 'no picture' >pictures_elsewhere/owl/broken.jpg
  ! limit 60 "$program" data get folder:pictures_elsewhere --data_dir data >out 2>err ||
    fail "a broken picture was taken for a good one"
  tail -n 1 err | grep -q '^packrat: .*owl/broken.jpg' || fail "the broken picture is not named: $(cat err)"
}

# Pictures of another size, behind a network from an ONNX file.
sizes_and_files() {
  local name net=$root/tests/golden/onnx/tiny.onnx
  local sized=(--dataset folder:sized --data_dir data --image_size 48 --image_crop centre)
  for name in cat dog owl cow; do small_pictures "sized/$name" 12; done
  answers data get folder:sized --data_dir data --image_size 48
  has '4 classes'
  answers run "${sized[@]}" --num_tasks 2 --num_classes_per_task 2 --encoder cutr --encoding_block 2 --memory_size 12 --num_passes 1 \
    --batch_size 4 --codec 'quantize:states=16,range=local' --log_dir sized_runs --save_model sized.model
  answers eval --model sized.model --data_dir data
  answers predict --model sized.model sized/cat/0.ppm
  answers run --dataset CIFAR10 --data_dir data --image_size 40 --encoder cutr --encoding_block 1 --pool 1x1 --method ncm \
    --log_dir sized_runs --exp_name cifar
  answers codec preview "${sized[@]}" --codec jpeg:quality=50 webp:quality=50 resize:size=24 none --images 2 --out sized.png
  has 'jpeg:quality=50: .* dB'
  answers profile "$net"
  has 'parameters'
  cp "$net" net.onnx
  printf '{"image_size": 40, "normalise": "imagenet"}' >net.onnx.json
  answers run --dataset folder:sized --data_dir data --num_tasks 2 --num_classes_per_task 2 --encoder onnx:net.onnx --method slda \
    --log_dir sized_runs --exp_name onnx --save_model onnx.model
  has 'encoder_weights +[0-9]'
  answers predict --model onnx.model sized/dog/1.ppm
  answers run --dataset folder:sized --data_dir data --num_tasks 2 --num_classes_per_task 2 --encoder onnx:net.onnx@maps --pool 5x5 \
    --recipe fast --num_passes 2 --batch_size 4 --memory_size 12 --log_dir sized_runs --exp_name maps
  refuses run "${sized[@]}" --encoder onnx:net.onnx@mops --method ncm
  refuses run "${sized[@]}" --encoder onnx:no_such_file.onnx --method ncm
  refuses run "${sized[@]}" --encoder onnx: --method ncm
  refuses run "${sized[@]}" --encoder onnx:net.onnx --memory_size 12
  refuses run "${sized[@]}" --encoder cutr --channel_order bgr --method ncm
  refuses run "${sized[@]}" --encoder cutr --normalise mean --method ncm
  refuses run --dataset folder:sized --data_dir data --image_size 7 --method ncm
  refuses run --dataset folder:sized --data_dir data --image_size 513 --method ncm
  refuses run "${sized[@]}" --image_crop middle --encoder cutr --method ncm
  head -c 300 "$net" >cut.onnx
  refuses run "${sized[@]}" --encoder onnx:cut.onnx --method ncm
  printf '{"size": 40}' >net.onnx.json
  refuses run --dataset folder:sized --data_dir data --encoder onnx:net.onnx --method ncm
}

data_set() {
  answers data list --data_dir data
  has '^cifar10 '
  answers data verify cifar10 --data_dir data
  has 'all sound'
  printf 'x' | dd of=data/cifar-10-batches-bin/test_batch.bin bs=1 seek=5000 conv=notrunc status=none
  local code=0
  limit 60 "$program" data verify cifar10 --data_dir data >out 2>err || code=$?
  ((code == 2)) || fail "packrat data verify: exit code $code instead of 2 for an altered file"
  small_cifar10
}

check_data() {
  step "data sets" data_set
  step "data sets: refusals" refused_data
  step "a folder of pictures as a data set" picture_folder
  step "pictures of another size, and ONNX files" sizes_and_files
}
