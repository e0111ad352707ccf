# shellcheck shell=bash
# Data sets: verified, and refused when altered. Sourced by tools/check_commands.

refused_data() {
  refuses data get
  refuses data get no_such_set --data_dir data
  refuses data get cifar10 --from no_such_file --data_dir elsewhere
  refuses data verify cifar10 --data_dir no_such_folder
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
}
