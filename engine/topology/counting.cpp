#include "engine/topology/counting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

std::int64_t taps(const Layer& layer) {
  return layer.in.channels / layer.groups * layer.kernel.area();
}

// The rules of thop (github.com/Lyken17/pytorch-OpCounter) as of 24 May 2020, commit 0fece23c. They count
// biases of convolutions but not of linear layers, batch norms and average pools, and see modules only. A
// transposed convolution is counted as a convolution of its output, stride^2 times too much.
std::int64_t thop_2020_macs(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::kConvolution:
    case LayerKind::kTransposedConvolution:
      return layer.out.values() * (taps(layer) + (layer.bias ? 1 : 0));
    case LayerKind::kLinear:
      return layer.in.values() * layer.out.values();
    case LayerKind::kBatchNorm:
      return 2 * layer.in.values();
    case LayerKind::kAveragePool:
      return layer.is_module ? layer.out.values() : 0;
    case LayerKind::kAdaptiveAveragePool: {
      const std::int64_t window = layer.in.height / layer.out.height * (layer.in.width / layer.out.width);
      return layer.is_module ? (window + 1) * layer.out.values() : 0;
    }
    default:
      return 0;
  }
}

std::int64_t strict_macs(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::kConvolution:
      return layer.out.values() * taps(layer);
    case LayerKind::kTransposedConvolution:  // every input value meets every weight of its channel once
      return layer.in.height * layer.in.width * layer.weights();
    case LayerKind::kLinear:
      return layer.weights();
    default:
      return 0;
  }
}

}  // namespace

const std::vector<CountingRule>& counting_rules() {
  static const std::vector<CountingRule> rules{
      {"thop-2020",
       "thop of May 2020: also biases of convolutions, batch norms, average pools that are modules",
       thop_2020_macs},
      {"strict", "convolutions and linear layers alone, without biases; padding counts", strict_macs},
  };
  return rules;
}

const CountingRule& find_counting_rule(std::string_view name) {
  std::vector<std::string_view> names;
  for (const CountingRule& rule : counting_rules()) {
    if (rule.name == name) return rule;
    names.push_back(rule.name);
  }
  throw UserError(fmt::format("unknown counting rule '{}': choose {}", name, fmt::join(names, " or ")));
}

std::int64_t activation_values(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::kConvolution:
    case LayerKind::kTransposedConvolution:
    case LayerKind::kLinear:
    case LayerKind::kMaxPool:
    case LayerKind::kAveragePool:
    case LayerKind::kAdaptiveAveragePool:
    case LayerKind::kAdd:
      return layer.out.values();
    default:
      return 0;
  }
}

std::int64_t packed_bytes(std::int64_t values, int bits) {
  return (values * bits + 7) / 8;
}

double NetworkCount::weights_only_intensity(int bits) const {
  if (parameters == 0) return 0;
  return static_cast<double>(operations()) * 8 / static_cast<double>(parameters * bits);
}

double NetworkCount::intensity(int bits) const {
  return static_cast<double>(operations()) * 8 /
         static_cast<double>((parameters + activations + input) * bits);
}

NetworkCount count_network(const Network& network, const CountingRule& rule) {
  NetworkCount total;
  total.input = network.input.values();
  for (const Layer& layer : network.layers) {
    const LayerCount count{rule.macs(layer), layer.parameters(), activation_values(layer)};
    total.macs += count.macs;
    total.parameters += count.parameters;
    total.activations += count.activations;
    total.layers.push_back(count);
  }
  return total;
}

}  // namespace packrat
