#include "engine/studies/roofline/prediction.h"

#include <fmt/format.h>

#include "engine/core/error.h"

namespace packrat {

void bound_by(const Roof& roof, Prediction& prediction) {
  prediction.tops = attainable_tops(roof, prediction.ops_per_byte);
  prediction.inputs_per_second = 1000 * prediction.tops / prediction.gop;
  prediction.memory_bound = prediction.tops < roof.peak_tops;
}

Prediction predict(const Platform& platform, Precision hardware, const PublishedNetwork& network,
                   Precision precision) {
  if (!platform.has(hardware))
    throw UserError(fmt::format("{} has no listed peak for {}", platform.name, precision_name(hardware)));
  Prediction out;
  out.network = network.name;
  out.platform = platform.name;
  out.data_set = network.data_set;
  out.precision = precision;
  out.gop = network.gop;
  out.ops_per_byte = network.ops_per_byte(precision);
  bound_by(platform.roof(hardware), out);
  if (const auto top1 = network.top1.find(precision); top1 != network.top1.end()) out.top1 = top1->second;
  return out;
}

std::vector<Prediction> predict_all(const std::vector<PublishedNetwork>& networks,
                                    const PlatformTable& platforms) {
  std::vector<Prediction> out;
  for (const PublishedNetwork& network : networks)
    for (const Precision precision : kAllPrecisions)
      for (const Platform& platform : platforms.all())
        if (platform.has(precision)) out.push_back(predict(platform, precision, network, precision));
  return out;
}

}  // namespace packrat
