# shellcheck shell=bash
# Networks as lists of layers. Sourced by tools/check_commands.

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

check_networks() {
  step "networks: refusals" refused_networks
  step "networks and checkpoints, counted" network_profiles
}
