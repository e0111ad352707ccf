#pragma once
#include <string>

#include "engine/data/dataset.h"
#include "engine/experiment/run.h"
#include "models/initial_weights.h"
#include "models/weights_io.h"
#include "tests/data/small_dataset.h"

namespace packrat {

/// Where small runs find everything: CIFAR-10's layout with 100 made-up training images and 20 test images,
/// ten a class and two, and a ResNet-18 with random weights.
class SmallWorld {
 public:
  static constexpr int kTrainImages = 100, kTestImages = 20;

  SmallWorld() {
    testing_data::write_small_dataset(find_dataset("cifar10"), folder_ / "data", kTestImages);
    write_safetensors(folder_ / "resnet18.safetensors",
                      initial_state(find_backbone("resnet18").whole(10), Rng(3)));
  }

  /// Features after block 3 of the ResNet-18, four states, 30 slots, an mlp head, five passes: a second or
  /// less.
  RunConfig config(const std::string& name) const {
    RunConfig config;
    config.data_dir = (folder_ / "data").string();
    config.log_dir = (folder_ / "runs").string();
    config.exp_name = name;
    config.encoder = "cutr";
    config.weights = (folder_ / "resnet18.safetensors").string();
    config.compressor = "quantization";
    config.memory_size = 30;
    config.backbone = "mlp";
    config.num_passes = 5;
    config.threads = 1;
    return config;
  }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  testing_data::TempFolder folder_;
};

}  // namespace packrat
