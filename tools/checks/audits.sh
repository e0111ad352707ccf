# shellcheck shell=bash
# The byte audit. Sourced by tools/check_commands.

refused_audits() {
  refuses audit --grid no_such_grid
  refuses audit --slots 0
  refuses audit --format html
  refuses audit --data_dir no_such_folder
  refuses audit --dataset MNIST --data_dir data
  refuses audit --n_states 4 --compressor none --data_dir data
  refuses audit --encoder none --compressor quantization --strategy cifar10_transfer --data_dir data
}

# Every codec of the papers, as a table, as CSV and as JSON.
audit() {
  answers audit --slots 10,200 --encoder none --compressor none,thinning,quantization --data_dir data --why
  has '^\| CIFAR10 +\| none +\| none +\| +10 \| +0.02930 \| +30720.0 \| +30720 \| +30790 \|'
  has 'the published total divides bytes by 8 again'
  answers audit --slots 100 --encoder cutr34 --codec 'thin:factor=0.9|quantize:states=16,range=fit' --codec none \
    --data_dir data --format csv --out audit.csv
  (($(wc -l <audit.csv) == 3)) || fail "two codecs gave no three lines: $(head -n 3 audit.csv)"
  answers audit --slots 100 --encoder none --compressor none,thinning --data_dir data --format json
  (($(grep -c '"exact_to_measured"' out) == 5)) || fail "no five buffers in: $(head -n 5 out)"
}

check_audits() {
  step "audit: refusals" refused_audits
  step "published, exact and measured bytes of filled buffers" audit
}
