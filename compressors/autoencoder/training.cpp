#include "compressors/autoencoder/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compressors/autoencoder/adam.h"
#include "compressors/autoencoder/gradient.h"
#include "compressors/autoencoder/initialisation.h"
#include "compressors/autoencoder/training_state.h"
#include "compressors/kernels/half.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/core/parallel.h"
#include "engine/core/timer.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostParts = 2;            // of a batch, computed side by side
constexpr std::int64_t kLeastPart = 16;           // rows
constexpr std::int64_t kValuesAtATime = 1 << 20;  // between all layers, that a part works on
constexpr std::int64_t kSampleRows = 256;         // that fresh weights are scaled on
constexpr std::int64_t kUpdatePiece = 1 << 16;    // parameters
constexpr double kSecondsBetweenCheckpoints = 60;

std::int64_t pieces(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

/// Rows that go through all layers together: many share the weights that are read from memory, few stay in
/// the cache.
std::int64_t rows_at_a_time(const Autoencoder& model) {
  std::int64_t width = 0;
  for (const CodingNetwork* half : {&model.encoder, &model.decoder})
    for (const auto& layer : half->layers()) width += layer->width_out();
  return std::clamp<std::int64_t>(kValuesAtATime / width / 8 * 8, 8, 64);
}

class Trainer {
 public:
  Trainer(const Autoencoder& model, const FittingRows& rows, const FittingOptions& options,
          const TrainingTask& task)
      : model_(model),
        rows_(rows),
        options_(options),
        task_(task),
        parts_(std::clamp<std::int64_t>(pieces(options.batch_size, kLeastPart), 1, kMostParts)),
        rows_at_a_time_(rows_at_a_time(model)),
        transposed_(static_cast<std::size_t>(transposed_values(model))) {
    for (std::int64_t p = 0; p < parts_; ++p) {
      workers_.emplace_back(model_, rows_at_a_time_);
      gradients_.emplace_back(static_cast<std::size_t>(model_.parameters()), 0.0f);
      prepared_.emplace_back(static_cast<std::size_t>(rows_at_a_time_ * width()));
    }
  }

  std::vector<float> run() {
    begin();
    while (state_.epoch < options_.max_epochs && state_.epoch - state_.best_epoch < options_.patience)
      run_epoch();
    std::vector<float> best = rounded(std::move(state_.best));
    std::error_code ignored;
    if (!task_.checkpoint.empty()) std::filesystem::remove(task_.checkpoint, ignored);
    return best;
  }

 private:
  std::int64_t width() const { return rows_.train.width; }

  /// From the checkpoint, or with fresh parameters.
  void begin() {
    fingerprint_ = fmt::format("{}, batches of {}, learning rate {}, seed {}, rows {:016x} {:016x}",
                               task_.name, options_.batch_size, options_.learning_rate, options_.seed,
                               digest(rows_.train), digest(rows_.held_out));
    if (!task_.checkpoint.empty())
      if (auto saved = load_training(task_.checkpoint, fingerprint_, model_.parameters()))
        state_ = std::move(*saved);
    if (state_.values.empty()) initialise();
    transpose();
  }

  static std::uint64_t digest(ConstRows rows) {
    return checksum({reinterpret_cast<const std::uint8_t*>(rows.data),
                     static_cast<std::size_t>(rows.count * rows.width) * sizeof(float)});
  }

  void initialise() {
    const std::int64_t count = std::min(kSampleRows, rows_.train.count);
    std::vector<float> sample(static_cast<std::size_t>(count * width()));
    for (std::int64_t i = 0; i < count; ++i) prepare(rows_.train.row(i), sample.data() + i * width());
    state_.values = initial_parameters(model_, {sample.data(), count, width()}, task_.rng.fork("weights"));
    state_.mean.assign(state_.values.size(), 0.0f);
    state_.square = state_.mean;
    state_.best = state_.values;
  }

  void prepare(const float* row, float* prepared) const {
    if (task_.prepare)
      task_.prepare(row, prepared);
    else
      std::copy(row, row + width(), prepared);
  }

  void run_epoch() {
    const auto epoch = static_cast<std::uint64_t>(state_.epoch);
    const std::vector<std::int64_t> order = task_.rng.fork("epoch", epoch).permutation(rows_.train.count);
    const std::string phase = fmt::format("{}, epoch {} of at most {}{}", task_.name, state_.epoch + 1,
                                          options_.max_epochs, best_so_far());
    while (state_.begin < rows_.train.count) {
      if (options_.progress) options_.progress(phase, state_.begin, rows_.train.count);
      if (stop_requested()) stop();
      run_step(order);
      if (since_checkpoint_.seconds() > kSecondsBetweenCheckpoints) save();
    }
    if (options_.progress) options_.progress(phase, state_.begin, rows_.train.count);
    finish_epoch();
  }

  std::string best_so_far() const {
    return state_.epoch == 0 ? "" : fmt::format(", best held-out loss {:.5g}", state_.best_loss);
  }

  /// One batch: gradients of its parts side by side, then one update.
  void run_step(const std::vector<std::int64_t>& order) {
    const std::int64_t count = std::min(options_.batch_size, rows_.train.count - state_.begin);
    const Rng noise = task_.rng.fork("noise", static_cast<std::uint64_t>(state_.steps));
    std::vector<double> losses(static_cast<std::size_t>(parts_), 0.0);
    parallel_for(parts_, options_.threads, [&](std::int64_t p) {
      const std::int64_t begin = state_.begin + p * count / parts_,
                         end = state_.begin + (p + 1) * count / parts_;
      losses[static_cast<std::size_t>(p)] =
          add_gradient(static_cast<std::size_t>(p), order, begin, end, 1 / static_cast<double>(count), noise);
    });
    if (!std::isfinite(std::accumulate(losses.begin(), losses.end(), 0.0)))
      throw UserError(
          fmt::format("{}: the loss is no longer finite in epoch {}: lower --learning_rate (now {})",
                      task_.name, state_.epoch + 1, options_.learning_rate));
    ++state_.steps;
    state_.begin += count;
    update();
    transpose();
  }

  /// Rows order[begin .. end) of a part, a few at a time. Returns their summed loss.
  double add_gradient(std::size_t part, const std::vector<std::int64_t>& order, std::int64_t begin,
                      std::int64_t end, double scale, const Rng& noise) {
    double loss = 0;
    for (; begin < end; begin += rows_at_a_time_) {
      const std::int64_t count = std::min(rows_at_a_time_, end - begin);
      float* const prepared = prepared_[part].data();
      for (std::int64_t i = 0; i < count; ++i)
        prepare(rows_.train.row(order[static_cast<std::size_t>(begin + i)]), prepared + i * width());
      loss += workers_[part].add_gradient(
          state_.values.data(), transposed_.data(), {prepared, count, width()}, scale,
          noise.fork("row", static_cast<std::uint64_t>(begin)), gradients_[part].data());
    }
    return loss;
  }

  void update() {
    std::vector<float*> parts;
    for (std::vector<float>& gradient : gradients_) parts.push_back(gradient.data());
    const AdamStep step{options_.learning_rate, state_.steps};
    const std::int64_t count = model_.parameters();
    parallel_for(pieces(count, kUpdatePiece), options_.threads, [&](std::int64_t i) {
      adam_update(step, parts, i * kUpdatePiece, std::min(count, (i + 1) * kUpdatePiece),
                  state_.values.data(), state_.mean.data(), state_.square.data());
    });
  }

  /// Transposed weights of all layers, from the parameters as they are.
  void transpose() {
    struct Piece {
      const CodingLayer* layer;
      const float* parameters;
      float* transposed;
    };
    std::vector<Piece> work;
    const float* parameters = state_.values.data();
    float* transposed = transposed_.data();
    for (const CodingNetwork* half : {&model_.encoder, &model_.decoder})
      for (const auto& layer : half->layers()) {
        work.push_back({layer.get(), parameters, transposed});
        parameters += layer->parameters();
        transposed += layer->transposed();
      }
    parallel_for(static_cast<std::int64_t>(work.size()), options_.threads, [&](std::int64_t i) {
      const Piece& piece = work[static_cast<std::size_t>(i)];
      piece.layer->transpose(piece.parameters, piece.transposed);
    });
  }

  void finish_epoch() {
    ++state_.epoch;
    state_.begin = 0;
    const double loss = held_out_loss();
    if (loss < state_.best_loss) {
      state_.best_loss = loss;
      state_.best_epoch = state_.epoch;
      state_.best = state_.values;
    }
  }

  /// Mean over the held-out rows; summed piece by piece, in order.
  double held_out_loss() {
    const std::int64_t count = rows_.held_out.count, all = pieces(count, rows_at_a_time_);
    std::vector<double> losses(static_cast<std::size_t>(all), 0.0);
    parallel_for(parts_, options_.threads, [&](std::int64_t p) {
      for (std::int64_t i = p; i < all; i += parts_) {
        const std::int64_t begin = i * rows_at_a_time_, rows = std::min(rows_at_a_time_, count - begin);
        float* const prepared = prepared_[static_cast<std::size_t>(p)].data();
        for (std::int64_t r = 0; r < rows; ++r)
          prepare(rows_.held_out.row(begin + r), prepared + r * width());
        losses[static_cast<std::size_t>(i)] =
            workers_[static_cast<std::size_t>(p)].loss(state_.values.data(), {prepared, rows, width()});
      }
    });
    return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(count);
  }

  void save() {
    since_checkpoint_ = Timer();
    if (!task_.checkpoint.empty()) save_training(task_.checkpoint, state_, fingerprint_);
  }

  [[noreturn]] void stop() {
    save();
    const std::string where = fmt::format("stopped in epoch {} of fitting {}", state_.epoch + 1, task_.name);
    throw Interrupted(task_.checkpoint.empty() ? where
                                               : fmt::format("{}; the same command continues from {}", where,
                                                             task_.checkpoint.string()));
  }

  std::vector<float> rounded(std::vector<float> values) const {
    std::vector<std::uint8_t> half(2 * values.size());
    const auto count = static_cast<std::int64_t>(values.size());
    if (!kernels::to_float16(values.data(), count, half.data()))
      throw UserError(fmt::format("{}: a weight is beyond half precision: lower --learning_rate (now {})",
                                  task_.name, options_.learning_rate));
    kernels::from_float16(half.data(), count, values.data());
    return values;
  }

  const Autoencoder& model_;
  const FittingRows rows_;
  const FittingOptions& options_;
  const TrainingTask& task_;
  const std::int64_t parts_, rows_at_a_time_;
  TrainingState state_;
  std::string fingerprint_;
  std::vector<float> transposed_;
  // by part
  std::vector<GradientWorker> workers_;
  std::vector<std::vector<float>> gradients_, prepared_;
  Timer since_checkpoint_;
};

}  // namespace

std::vector<float> train_autoencoder(const Autoencoder& model, const FittingRows& rows,
                                     const FittingOptions& options, const TrainingTask& task) {
  return Trainer(model, rows, options, task).run();
}

}  // namespace packrat
