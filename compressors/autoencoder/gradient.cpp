#include "compressors/autoencoder/gradient.h"

#include <cmath>

namespace packrat {
namespace {

std::int64_t transposed_values(const CodingNetwork& network) {
  std::int64_t sum = 0;
  for (const auto& layer : network.layers()) sum += layer->transposed();
  return sum;
}

float sigmoid(float x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

std::int64_t transposed_values(const Autoencoder& model) {
  return transposed_values(model.encoder) + transposed_values(model.decoder);
}

GradientWorker::Tape::Tape(const CodingNetwork& net, std::int64_t rows) : network(net) {
  for (const auto& layer : network.layers()) {
    values.emplace_back(static_cast<std::size_t>(rows * layer->width_out()));
    gradients.emplace_back(values.back().size());
  }
}

Rows GradientWorker::Tape::behind(std::vector<std::vector<float>>& memory, std::size_t layer,
                                  std::int64_t count) const {
  return {memory[layer].data(), count, network.layers()[layer]->width_out()};
}

void GradientWorker::Tape::forward(const float* parameters, ConstRows in) {
  for (std::size_t l = 0; l < values.size(); ++l) {
    const Rows to = behind(values, l, in.count);
    network.layers()[l]->forward(parameters + network.offset(l), in, to);
    in = to;
  }
}

void GradientWorker::Tape::backward(const float* transposed, ConstRows in, Rows d_in, float* gradient) {
  const float* end = transposed + transposed_values(network);
  for (std::size_t l = values.size(); l-- > 0;) {
    end -= network.layers()[l]->transposed();
    const ConstRows from = l == 0 ? in : ConstRows(behind(values, l - 1, in.count));
    const Rows d_from = l == 0 ? d_in : behind(gradients, l - 1, in.count);
    network.layers()[l]->backward({from, behind(values, l, in.count), behind(gradients, l, in.count), d_from,
                                   end, gradient + network.offset(l)});
  }
}

GradientWorker::GradientWorker(const Autoencoder& model, std::int64_t rows)
    : model_(model),
      encoder_(model.encoder, rows),
      decoder_(model.decoder, rows),
      latents_(static_cast<std::size_t>(rows * model.latent())),
      d_latents_(latents_.size()),
      noise_(latents_.size()) {}

/// Latents from what the encoder gave: the same, or mean + deviation x noise.
void GradientWorker::draw_latents(std::int64_t count, Rng* noise) {
  const std::int64_t latent = model_.latent();
  const Rows code = encoder_.out(count);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < latent; ++j) {
      const auto at = static_cast<std::size_t>(i * latent + j);
      latents_[at] = code.row(i)[j];
      if (noise == nullptr) continue;
      noise_[at] = static_cast<float>(noise->normal());
      latents_[at] += std::exp(code.row(i)[latent + j] / 2) * noise_[at];
    }
}

/// Sum over the rows of the mean over their values; its gradient goes behind the decoder.
double GradientWorker::squared_error(ConstRows rows, double scale) {
  const Rows out = decoder_.out(rows.count), d_out = decoder_.d_out(rows.count);
  const auto factor = static_cast<float>(2 * scale / static_cast<double>(rows.width));
  double sum = 0;
  for (std::int64_t i = 0; i < rows.count * rows.width; ++i) {
    const float difference = out.data[i] - rows.data[i];
    sum += static_cast<double>(difference) * difference;
    d_out.data[i] = factor * difference;
  }
  return sum / static_cast<double>(rows.width);
}

/// The same for -log p of values between 0 and 1, from logits.
double GradientWorker::bernoulli_loss(ConstRows rows, double scale) {
  const Rows out = decoder_.out(rows.count), d_out = decoder_.d_out(rows.count);
  const auto factor = static_cast<float>(scale / static_cast<double>(rows.width));
  double sum = 0;
  for (std::int64_t i = 0; i < rows.count * rows.width; ++i) {
    const float logit = out.data[i], target = rows.data[i];
    sum += std::max(logit, 0.0f) - logit * target + std::log1p(std::exp(-std::abs(logit)));
    d_out.data[i] = factor * (sigmoid(logit) - target);
  }
  return sum / static_cast<double>(rows.width);
}

/// Sum over the rows of the latent's divergence from a standard normal one, by value of the row.
double GradientWorker::divergence(std::int64_t count) const {
  const std::int64_t latent = model_.latent();
  const float* code = encoder_.values.back().data();
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i, code += 2 * latent)
    for (std::int64_t j = 0; j < latent; ++j) {
      const double mean = code[j], log_variance = code[latent + j];
      sum += (mean * mean + std::exp(log_variance) - 1 - log_variance) / 2;
    }
  return sum / static_cast<double>(model_.encoder.width_in());
}

/// From the gradient of the latents to that of what the encoder gave, the divergence's added.
void GradientWorker::latent_gradient(std::int64_t count, double scale) {
  const std::int64_t latent = model_.latent();
  const Rows code = encoder_.out(count), d_code = encoder_.d_out(count);
  const auto factor = static_cast<float>(scale / static_cast<double>(model_.encoder.width_in()));
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < latent; ++j) {
      const auto at = static_cast<std::size_t>(i * latent + j);
      d_code.row(i)[j] = d_latents_[at];
      if (!model_.variational) continue;
      const float log_variance = code.row(i)[latent + j];
      d_code.row(i)[j] += factor * code.row(i)[j];
      d_code.row(i)[latent + j] = d_latents_[at] * noise_[at] * std::exp(log_variance / 2) / 2 +
                                  factor * (std::exp(log_variance) - 1) / 2;
    }
}

double GradientWorker::add_gradient(const float* parameters, const float* transposed, ConstRows rows,
                                    double scale, Rng noise, float* gradient) {
  const std::int64_t latent = model_.latent(), behind_encoder = model_.encoder.parameters();
  encoder_.forward(parameters, rows);
  draw_latents(rows.count, model_.variational ? &noise : nullptr);
  const ConstRows latents(latents_.data(), rows.count, latent);
  decoder_.forward(parameters + behind_encoder, latents);
  double loss = model_.variational ? bernoulli_loss(rows, scale) : squared_error(rows, scale);
  if (model_.variational) loss += divergence(rows.count);
  decoder_.backward(transposed + transposed_values(model_.encoder), latents,
                    {d_latents_.data(), rows.count, latent}, gradient + behind_encoder);
  latent_gradient(rows.count, scale);
  encoder_.backward(transposed, rows, {}, gradient);
  return loss;
}

double GradientWorker::loss(const float* parameters, ConstRows rows) {
  encoder_.forward(parameters, rows);
  draw_latents(rows.count, nullptr);
  decoder_.forward(parameters + model_.encoder.parameters(), {latents_.data(), rows.count, model_.latent()});
  return model_.variational ? bernoulli_loss(rows, 0) + divergence(rows.count) : squared_error(rows, 0);
}

}  // namespace packrat
