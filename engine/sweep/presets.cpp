#include "engine/sweep/presets.h"

#include <algorithm>

namespace packrat {
namespace {

const std::string kCifar10 = R"(dataset = "CIFAR10"
num_tasks = 5
num_classes_per_task = 2
test_features = "raw"
)";

const std::string kCifar100 = R"(dataset = "CIFAR100"
num_tasks = 20
num_classes_per_task = 5
test_features = "raw"
)";

// The networks of the published runs: a ResNet-34 on CIFAR-100 and a ResNet-18 on CIFAR-10, whole where there
// is no encoder.
const std::string kResNet34 = R"(backbone = "resnet34"
encoder = ["none", "cutr34"]
)";
const std::string kResNet18 = R"(backbone = "resnet"
encoder = ["none", "cutr"]
)";
// Not of the papers: the larger encoder on both data sets, a ResNet-18 without one.
const std::string kLargerEncoder = R"(backbone = "resnet"
encoder = ["none", "cutr34"]
)";

// Every codec setting of the papers, behind an encoder cut after block 3 and without one.
const std::string kCodecs = R"(encoding_block = 3
compressor = ["none", "thinning", "quantization", "convae", "fcae"]
compression_factor = [0.5, 0.8, 0.9, 0.95]
n_states = [2, 4, 8, 16, 32]
strategy = ["local", "tiny_imagenet_transfer"]
latent_channels = [1, 2, 4, 8, 16]
n_blocks = 2
bottleneck_neurons = [2, 4, 8, 16, 32, 64]
n_layers = 6

# The convolutional autoencoder works on images alone.
[[exclude]]
encoder = ["cutr", "cutr34"]
compressor = "convae"
)";

const std::string kSlots = "memory_size = [10, 100, 1000, 10000]\n";
// Budgets in bytes are of measured bytes: labels, counters and what the codec shares are charged too.
const std::string kOneBudget = "memory_bytes = \"10MiB\"\n";
const std::string kIsoByte = "memory_bytes = [614400, 1536000, 3072000, 6144000]\n";

// The eight series of FETCH's figure of accuracy and memory.
std::string fetch_figure_task(const std::string& task, const std::string& network,
                              const std::string& encoder) {
  const std::string block = "[[grid]]\n" + task + "backbone = \"" + network + "\"\n";
  return block + "encoder = \"none\"\ncompressor = [\"none\", \"convae\"]\n\n" + block + "encoder = \"" +
         encoder + "\"\ncompressor = [\"none\", \"thinning\", \"quantization\"]\n";
}

const std::string kFetchFigure = R"(memory_size = [10, 100, 1000, 10000]
seed = 0
encoding_block = 3
compression_factor = [0.5, 0.95]
n_states = [2, 4, 32]
strategy = "tiny_imagenet_transfer"
latent_channels = 16
n_blocks = 2

)" + fetch_figure_task(kCifar10, "resnet", "cutr") +
                                 "\n" + fetch_figure_task(kCifar100, "resnet34", "cutr34");

// The same network behind every cut: without an encoder the head is the whole ResNet-34.
const std::string kWhereToSplit = R"(memory_bytes = "10MiB"
seed = [0, 1, 2]
backbone = "resnet34"
encoder = ["none", "cutr34"]
encoding_block = [1, 2, 3]
compressor = ["none", "quantization"]
n_states = 4
strategy = "local"
)";

std::vector<Preset>& table_of_presets() {
  static std::vector<Preset> table{
      {"rescon-cifar10", "CIFAR-10, 5 x 2, ResNet-18: all codecs, 10 to 10 000 slots",
       kCifar10 + kSlots + kResNet18 + kCodecs},
      {"rescon-cifar100", "CIFAR-100, 20 x 5, ResNet-34: all codecs, 10 to 10 000 slots",
       kCifar100 + kSlots + kResNet34 + kCodecs},
      {"fetch-figure", "FETCH's figure on both data sets: eight codecs, 10 to 10 000 slots", kFetchFigure},
      {"fixed-memory-cifar10", "CIFAR-10, ResNet-18: the slots that fit into 10 MiB",
       kCifar10 + kOneBudget + kResNet18 + kCodecs},
      {"fixed-memory-cifar100", "CIFAR-100, ResNet-34: the slots that fit into 10 MiB",
       kCifar100 + kOneBudget + kResNet34 + kCodecs},
      {"fixed-slots-cifar10", "CIFAR-10, ResNet-18: 10 000 slots",
       kCifar10 + "memory_size = 10000\n" + kResNet18 + kCodecs},
      {"fixed-slots-cifar100", "CIFAR-100, ResNet-34: 30 000 slots",
       kCifar100 + "memory_size = 30000\n" + kResNet34 + kCodecs},
      {"where-to-split", "CIFAR-10, 10 MiB: no encoder, and cuts after block 1, 2, 3; three seeds",
       kCifar10 + kWhereToSplit},
      {"iso-byte", "CIFAR-10: all codecs at 614 400, 1 536 000, 3 072 000 and 6 144 000 bytes",
       kCifar10 + kIsoByte + kLargerEncoder + kCodecs},
  };
  return table;
}

}  // namespace

const std::vector<Preset>& presets() {
  return table_of_presets();
}

void add_presets(const std::vector<Preset>& more) {
  for (const Preset& preset : more)
    if (find_preset(preset.name) == nullptr) table_of_presets().push_back(preset);
}

const Preset* find_preset(const std::string& name) {
  const auto it =
      std::find_if(presets().begin(), presets().end(), [&](const Preset& p) { return p.name == name; });
  return it == presets().end() ? nullptr : &*it;
}

}  // namespace packrat
