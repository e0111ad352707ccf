#include "compressors/autoencoder/initialisation.h"

#include <algorithm>
#include <cmath>

namespace packrat {
namespace {

constexpr double kLastDeviation = 1e-3;
constexpr double kLeastProbability = 0.01;

/// The first `width` values of each of `count` rows: all of them, or of a variational code the means.
std::vector<float> first_values(const std::vector<float>& values, std::int64_t count, std::int64_t width) {
  std::vector<float> first;
  const auto step = static_cast<std::ptrdiff_t>(values.size()) / count;
  for (auto row = values.begin(); row != values.end(); row += step)
    first.insert(first.end(), row, row + width);
  return first;
}

/// Mean of each channel of rows that hold channel after channel; for a variational decoder as logits.
std::vector<double> channel_means(const Autoencoder& model, ConstRows rows, std::int64_t channels) {
  const std::int64_t plane = rows.width / channels;
  std::vector<double> means(static_cast<std::size_t>(channels), 0.0);
  for (std::int64_t i = 0; i < rows.count; ++i)
    for (std::int64_t v = 0; v < rows.width; ++v)
      means[static_cast<std::size_t>(v / plane)] += rows.row(i)[v];
  for (double& mean : means) {
    mean /= static_cast<double>(rows.count * plane);
    if (!model.variational) continue;
    const double p = std::clamp(mean, kLeastProbability, 1 - kLeastProbability);
    mean = std::log(p / (1 - p));
  }
  return means;
}

/// The decoder's last layer with parameters.
const CodingLayer* last_layer(const Autoencoder& model) {
  const CodingLayer* last = nullptr;
  for (const auto& layer : model.decoder.layers())
    if (layer->parameters() > 0) last = layer.get();
  return last;
}

}  // namespace

std::vector<float> initial_parameters(const Autoencoder& model, ConstRows sample, Rng rng) {
  std::vector<float> parameters(static_cast<std::size_t>(model.parameters()));
  std::vector<float> in(sample.data, sample.data + sample.count * sample.width), out;
  const CodingLayer* const last = last_layer(model);
  float* own = parameters.data();
  for (const CodingNetwork* half : {&model.encoder, &model.decoder}) {
    in = first_values(in, sample.count, half->width_in());
    for (const auto& layer : half->layers()) {
      out.resize(static_cast<std::size_t>(sample.count * layer->width_out()));
      const ConstRows from(in.data(), sample.count, layer->width_in());
      const Rows to{out.data(), sample.count, layer->width_out()};
      layer->initialise(rng, own);
      layer->forward(own, from, to);
      if (layer.get() == last)
        layer->standardise(to, channel_means(model, sample, layer->channels()), kLastDeviation, own);
      else
        layer->standardise(to, std::vector<double>(static_cast<std::size_t>(layer->channels()), 0.0), 1, own);
      layer->forward(own, from, to);
      own += layer->parameters();
      std::swap(in, out);
    }
  }
  return parameters;
}

}  // namespace packrat
