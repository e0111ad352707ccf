#pragma once
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/buffer/budget.h"
#include "engine/core/progress.h"
#include "engine/data/dataset.h"
#include "engine/experiment/buffer_bytes.h"
#include "engine/experiment/config.h"
#include "engine/experiment/model_file.h"
#include "engine/features/prepared_data.h"
#include "engine/methods/method.h"
#include "engine/train/hybrid.h"

namespace packrat {

/// Classes of the run's stream.
int stream_classes(const RunConfig& config);

/// A run's method, and its halves where it has such.
struct RunMethod {
  std::unique_ptr<Method> method;
  Gdumb* replay = nullptr;   ///< the method, or a hybrid's half, when it keeps entries
  Hybrid* hybrid = nullptr;  ///< the method, when it keeps both

  BufferBytes bytes() const;
  /// Of all that the method keeps.
  std::string checksum() const;
  /// shape: of the rows.
  void save(const std::filesystem::path& path, const std::array<std::int64_t, 3>& shape,
            const ModelInfo& info) const;
};

/// Makes the half that keeps entries, with so many bytes kept beside them.
using MakeReplay = std::function<std::unique_ptr<Gdumb>(const LearnerOptions&, std::int64_t bytes_beside)>;

/// The --method for rows of `shape`. `options`: of a head, called when there is one to train.
RunMethod make_method_of_run(const RunConfig& config, const std::array<std::int64_t, 3>& shape, int classes,
                             const std::function<LearnerOptions()>& options, const MakeReplay& make_replay);

/// Of a head behind features of `shape`.
LearnerOptions learner_options(const RunConfig& config, const std::array<std::int64_t, 3>& shape,
                               int classes);
LrSchedule lr_schedule(const RunConfig& config);

/// The --method, which keeps no entries, or of a hybrid the half that keeps none, for rows of `shape`.
/// UserError when it keeps more than --memory_bytes.
std::unique_ptr<Method> make_run_method(const RunConfig& config, const std::array<std::int64_t, 3>& shape,
                                        int classes);

/// UserError when the head cannot take rows of `shape`; for features from files, whose shape validate() does
/// not know.
void check_head(const RunConfig& config, const std::array<std::int64_t, 3>& shape);

/// Bytes that the --method keeps beside entries: 0 for the one that keeps nothing else.
std::int64_t closed_form_bytes(const RunConfig& config, const std::array<std::int64_t, 3>& shape);

/// What entries may take when so many bytes are kept beside them and so many images are offered. UserError
/// when --memory_bytes leaves nothing.
Budget entry_budget(const RunConfig& config, std::int64_t beside, std::int64_t offered);

/// The empty replay buffer: in this process, on `device` when there is one, or in the file of
/// --buffer_storage, in place of a mapped buffer that is there already.
ReplayBuffer make_run_buffer(const RunConfig& config, std::shared_ptr<const Codec> codec, int classes,
                             Budget budget, const std::shared_ptr<kernels::cuda::Device>& device);

/// The run's data set, with the mirror images of --views flip:keep behind the training images.
Dataset load_run_images(const RunConfig& config, const ProgressFn& progress);
/// How they are encoded: encoding_options(), which is for any images, and what they are.
EncodingOptions run_encoding_options(const RunConfig& config);

}  // namespace packrat
