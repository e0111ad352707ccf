#include "engine/topology/fused.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/topology/part.h"

namespace packrat {
namespace {

/// Takes the layers one by one. A fused layer is open as long as what follows can still join it.
class Fuser {
 public:
  explicit Fuser(const Network& network)
      : network_(network),
        uses_(layer_uses(network)),
        open_(network.layers.size()),
        done_(network.layers.size()) {}

  std::vector<FusedLayer> fuse() {
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      take(i);
      if (open_[i] && !joined(i)) {
        done_[i] = static_cast<int>(list_.size());
        list_.push_back(std::move(*open_[i]));
        open_[i].reset();
      }
    }
    return std::move(list_);
  }

 private:
  void take(std::size_t i) {
    const Layer& layer = network_.layers[i];
    switch (layer.kind) {
      case LayerKind::kConvolution:
        if (layer.groups != 1) refuse(layer);
        [[fallthrough]];
      case LayerKind::kLinear:
        open_[i] = FusedLayer{static_cast<int>(i),     layer,   {}, false, {}, averaged(layer.inputs[0]),
                              source(layer.inputs[0]), kNothing};
        break;
      case LayerKind::kBatchNorm:
        continued(i).norm = layer;
        break;
      case LayerKind::kAdd: {
        const int other = source(layer.inputs[1]);
        continued(i).add = other;
        break;
      }
      case LayerKind::kRelu:
        continued(i).relu = true;
        break;
      case LayerKind::kMaxPool:
        continued(i).pool = layer;
        break;
      case LayerKind::kAdaptiveAveragePool:  // part of the linear layer behind it
        if (layer.out.height * layer.out.width != 1) refuse(layer);
        break;
      default:
        refuse(layer);
    }
  }

  /// The open layer that layer i continues.
  FusedLayer& continued(std::size_t i) {
    const Layer& layer = network_.layers[i];
    if (layer.inputs[0] == kNetworkInput || !open_[static_cast<std::size_t>(layer.inputs[0])]) refuse(layer);
    return *(open_[i] = std::move(open_[static_cast<std::size_t>(layer.inputs[0])]));
  }

  /// Whether the one layer that takes layer i's output is part of the same fused layer.
  bool joined(std::size_t i) const {
    if (uses_[i] != 1) return false;
    for (std::size_t next = i + 1; next < network_.layers.size(); ++next) {
      const Layer& layer = network_.layers[next];
      for (std::size_t k = 0; k < layer.inputs.size(); ++k)
        if (layer.inputs[k] == static_cast<int>(i))
          return k == 0 && (layer.kind == LayerKind::kBatchNorm || layer.kind == LayerKind::kAdd ||
                            layer.kind == LayerKind::kRelu || layer.kind == LayerKind::kMaxPool);
    }
    return false;
  }

  bool averaged(int node) const {
    return node != kNetworkInput &&
           network_.layers[static_cast<std::size_t>(node)].kind == LayerKind::kAdaptiveAveragePool;
  }

  int source(int node) const {
    if (averaged(node)) node = network_.layers[static_cast<std::size_t>(node)].inputs[0];
    return node == kNetworkInput ? kNetworkInput : done_[static_cast<std::size_t>(node)];
  }

  [[noreturn]] void refuse(const Layer& layer) const {
    throw UserError(fmt::format(
        "{} has {}, a {}{}: pretraining and sparsification take networks of plain convolutions "
        "and ReLU, such as resnet18",
        network_.name, layer.name, layer.groups > 1 ? "grouped " : "", layer_kind_name(layer.kind)));
  }

  const Network& network_;
  std::vector<int> uses_;
  std::vector<std::optional<FusedLayer>> open_;  // by place in the network
  std::vector<int> done_;                        // likewise: places in the list
  std::vector<FusedLayer> list_;
};

}  // namespace

std::vector<FusedLayer> fused_layers(const Network& network) {
  return Fuser(network).fuse();
}

}  // namespace packrat
