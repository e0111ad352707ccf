# shellcheck shell=bash
# What networks cost: layers, rooflines, energy, regressions. Sourced by tools/check_commands.

refused_networks() {
  refuses profile no_such_network
  refuses profile resnet50 --input 3x224
  refuses profile inception_v3 --input 3x32x32
  refuses profile resnet50 --counting no_such_rule
  refuses profile resnet34-encoder-3 --classes 10
  refuses profile resnet50 --checkpoint no_such_file
  refuses profile --checkpoint no_such_file
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

refused_costs() {
  refuses roofline --platform no_such_platform
  refuses roofline --network no_such_network
  refuses roofline --precision INT3
  refuses roofline --check --achieved
  refuses roofline --measured
  refuses roofline --out timings.json
  refuses roofline --front no_such_data_set
  refuses roofline --measure --machine no_such_file
  refuses machine --show --out no_such_file
  refuses regress --x gflops
  refuses regress --published --slip no_such_slip
  refuses regress no_such_file --x a --y b
  refuses energy
  refuses energy measure
  refuses energy measure --power_log no_such_file -- true
  refuses energy measure --carbon no_such_country -- true
  refuses energy integrate --from 0 --to 1
  refuses run --power_log log.csv --data_dir data
  refuses run --energy --carbon_intensity much --data_dir data
}

# Every published table again; only the known slips differ, each with its reason.
published_costs() {
  answers roofline --check
  has 'performance_predictions_imagenet_mnist_cifar.csv +\| attainable TOP/s .* 231 \| +231 \|'
  has 'models.csv +\| multiply-adds .* 35 \| +35 \|'
  has 'MLP_25.* is listed as 38400.*, right is 76800: half of'
  ! grep -q 'no reason is known' out || fail "a published cell differs without a known reason"
  answers roofline --network 'CNV 100%' --precision INT2 --platform ZCU104-FINN --format csv
  has '^CNV 100%,INT2,ZCU104-FINN,0.47,'
  answers roofline --front cifar
  has 'impossible under the published names, published rule: 87.4 % at 319296/s'
  answers roofline --achieved --format json
  answers regress --published --format csv
  has '^top5,29,-0.132235178'
  answers regress --published --slip misaligned-co2
  answers regress --x gflops --y top5_err --family '^vgg'
}

# The cost page and its figures need no runs.
cost_figures() {
  local figure
  mkdir -p empty
  (cd empty && answers plot --list && has '^speed-front-cifar ' && answers report --out "$work/cost.html")
  grep -q 'What networks cost' cost.html || fail "the report has no cost page"
  for figure in error-operations energy-operations rooflines predicted-imagenet measured-predicted speed-front-cifar; do
    answers plot "$figure" empty --out "$figure.svg"
  done
  answers plot rooflines empty --choose precision=FP32 --out rooflines.pdf
  refuses plot rooflines empty --choose precision=INT3 --out rooflines.pdf
}

# This machine's roofs, in small, and one of our networks beside them.
machine_costs() {
  local options=(--machine machine.json)
  answers machine --out machine.json --buffer 16MiB --repetitions 1
  answers machine --show --out machine.json
  has '^\| FP32 '
  answers roofline "${options[@]}" --platform this-machine --network resnet34-encoder-3
  refuses roofline "${options[@]}" --measure --cut 7  # to time our networks takes minutes: part_timing_test does it
}

# A made-up counter, a made-up log, and a machine with neither; a run takes the same.
measured_energy() {
  mkdir -p powercap/intel-rapl:0
  echo package-0 >powercap/intel-rapl:0/name
  echo 1000000000 >powercap/intel-rapl:0/max_energy_range_uj
  echo 999000000 >powercap/intel-rapl:0/energy_uj
  answers energy measure --powercap_dir powercap --out energy.json -- \
    sh -c 'echo 1000000 >next; mv next powercap/intel-rapl:0/energy_uj; echo done'
  grep -q '"joules": 2.0' energy.json || fail "a counter that came round was misread: $(grep joules energy.json)"
  answers energy measure --powercap_dir no_such_folder -- echo done
  grep -q 'Energy not measured' err || fail "a machine without a source does not say so"
  printf 'timestamp,watts\n0,100\n10,100\n' >power.csv
  answers energy integrate --power_log power.csv --from 2 --to 8
  has '^Energy 600.000 J, mean 100.00 W'
  answers run --dataset CIFAR10 --data_dir data --memory_size 20 --num_passes 1 --backbone mlp --exp_name energy --energy \
    --powercap_dir powercap --carbon_intensity 100
  has '^Energy of the whole run'
  grep -q '"source": "rapl"' runs/energy/result.json || fail "result.json does not say where the energy came from"
}

check_networks() {
  step "networks: refusals" refused_networks
  step "networks and checkpoints, counted" network_profiles
  step "costs: refusals" refused_costs
  step "published costs" published_costs
  step "the cost page" cost_figures
  step "this machine" machine_costs
  step "energy" measured_energy
}
