#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/topology/network.h"

namespace packrat {

/// What counts as a multiply-accumulate (MAC). One row of counting_rules().
struct CountingRule {
  std::string_view name;  ///< "thop-2020"
  std::string_view summary;
  std::int64_t (*macs)(const Layer& layer);  ///< of one layer, for one image
};

/// Every rule there is; the first one, thop-2020, is what published tables of torchvision's models use.
const std::vector<CountingRule>& counting_rules();

/// UserError, with the names there are, on any other name.
const CountingRule& find_counting_rule(std::string_view name);

struct LayerCount {
  std::int64_t macs = 0;
  std::int64_t parameters = 0;
  std::int64_t activations = 0;  ///< values of the new map that the layer writes, see activation_values()
};

/// Values of the map that a layer writes to memory. Convolutions, linear layers, pools and sums write one;
/// batch norms, ReLUs, sigmoids and dropout work on it in place (fused), and concatenations, halves and
/// shuffles only say where it lies.
std::int64_t activation_values(const Layer& layer);

/// Bytes of that many values of `bits` bits, without gaps, the last one filled up.
std::int64_t packed_bytes(std::int64_t values, int bits);

/// The precisions that published tables count: INT2, INT4, INT8, FP16, FP32.
inline constexpr std::array<int, 5> kPrecisions{2, 4, 8, 16, 32};

/// The layers' counts, in the network's order, and their sums. Of one image.
struct NetworkCount {
  std::vector<LayerCount> layers;
  std::int64_t macs = 0, parameters = 0, activations = 0;
  std::int64_t input = 0;  ///< values of the network's input

  /// Multiplications and additions, as published tables count them: 2 a MAC.
  std::int64_t operations() const { return 2 * macs; }

  std::int64_t parameter_bytes(int bits) const { return packed_bytes(parameters, bits); }
  std::int64_t activation_bytes(int bits) const { return packed_bytes(activations, bits); }
  std::int64_t input_bytes(int bits) const { return packed_bytes(input, bits); }

  /// Operational intensity, operations a byte, when only parameters cross the memory bus and every map stays
  /// on the chip (as QuTiBench's tables have it): operations() / (parameters * bits / 8). 0 without
  /// parameters.
  double weights_only_intensity(int bits) const;
  /// Operations a byte when parameters, every written map and the input cross it once each.
  double intensity(int bits) const;
};

NetworkCount count_network(const Network& network, const CountingRule& rule);

}  // namespace packrat
