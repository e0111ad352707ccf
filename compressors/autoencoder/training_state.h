#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <vector>

namespace packrat {

/// How far a training has come: all that the next step depends on, beside rows and options.
struct TrainingState {
  std::int64_t epoch = 0;  ///< the running one, from 0
  std::int64_t begin = 0;  ///< rows of it that are done
  std::int64_t steps = 0;  ///< updates, over all epochs
  std::int64_t best_epoch = 0;
  double best_loss = std::numeric_limits<double>::infinity();
  std::vector<float> values, mean, square, best;  ///< parameters, Adam's moments, the best parameters so far
};

/// All or nothing. fingerprint: of rows and options.
void save_training(const std::filesystem::path& path, const TrainingState& state,
                   const std::string& fingerprint);

/// nullopt when there is no such file. UserError when it is damaged, or of another fingerprint or number of
/// parameters.
std::optional<TrainingState> load_training(const std::filesystem::path& path, const std::string& fingerprint,
                                           std::int64_t parameters);

}  // namespace packrat
