#include "engine/studies/roofline/network_work.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/topology/counting.h"

namespace packrat {
namespace {

/// One side of a convolution: over all places of the output, taps that meet the input; and taps that ever do.
struct LiveSide {
  std::int64_t products = 0, taps = 0;
};

LiveSide live_side(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding) {
  LiveSide live;
  for (std::int64_t tap = 0; tap < kernel; ++tap) {
    std::int64_t met = 0;
    for (std::int64_t place = 0; place < out; ++place) {
      const std::int64_t at = place * stride - padding + tap;
      met += at >= 0 && at < in;
    }
    live.products += met;
    live.taps += met > 0;
  }
  return live;
}

/// Products and weights of a convolution that meet nothing but padding.
NetworkWork dead_work(const Layer& layer) {
  if (layer.kind != LayerKind::kConvolution) return {};
  const LiveSide rows = live_side(layer.in.height, layer.out.height, layer.kernel.height, layer.stride.height,
                                  layer.padding.height);
  const LiveSide columns =
      live_side(layer.in.width, layer.out.width, layer.kernel.width, layer.stride.width, layer.padding.width);
  const std::int64_t pairs = layer.in.channels / layer.groups * layer.out.channels;
  const std::int64_t places = layer.out.height * layer.out.width * layer.kernel.area();
  return {pairs * (places - rows.products * columns.products),
          pairs * (layer.kernel.area() - rows.taps * columns.taps), 0};
}

}  // namespace

NetworkWork counted_work(const Network& network) {
  const NetworkCount count = count_network(network, find_counting_rule("strict"));
  return {count.macs, count.parameters, count.activations + count.input};
}

NetworkWork live_work(const Network& network) {
  NetworkWork work = counted_work(network);
  for (const Layer& layer : network.layers) {
    const NetworkWork dead = dead_work(layer);
    work.macs -= dead.macs;
    work.weights -= dead.weights;
  }
  return work;
}

double ops_per_byte(const NetworkWork& work, Precision precision, Traffic traffic, std::int64_t batch) {
  const double weights = static_cast<double>(work.weights) / static_cast<double>(batch);
  const double values = traffic == Traffic::kWeights ? static_cast<double>(work.weights)
                                                     : weights + static_cast<double>(work.maps);
  return values > 0 ? 2.0 * static_cast<double>(work.macs) / (values * bytes_per_value(precision)) : 0;
}

Prediction predict(const Platform& platform, Precision precision, const std::string& network,
                   const NetworkWork& work, Traffic traffic, std::int64_t batch) {
  if (work.macs <= 0)
    throw UserError(fmt::format("{} multiplies nothing: there is no speed to predict", network));
  Prediction out;
  out.network = network;
  out.platform = platform.name;
  out.precision = precision;
  out.gop = 2e-9 * static_cast<double>(work.macs);
  out.ops_per_byte = ops_per_byte(work, precision, traffic, batch);
  out.bytes_of = traffic == Traffic::kWeights ? "weights" : "all";
  bound_by(platform.roof(precision), out);
  return out;
}

}  // namespace packrat
