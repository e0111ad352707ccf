#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/results/result_files.h"
#include "engine/results/result_table.h"

namespace packrat {

/// The file that a finished `packrat sparsify` leaves in its folder.
inline constexpr const char* kSparsificationResult = "fine-tune.json";

/// One stage of a sparsification, as its STAGE.json tells it.
struct StoredStage {
  std::int64_t epochs = 0;         ///< trained
  std::string end;                 ///< "all epochs", "early", "diverged"
  bool may_stop = false;           ///< --early_stop names it
  std::int64_t most_epochs = 0;    ///< what it was allowed
  double seconds = 0;              ///< of training, whichever run did it
  std::vector<double> validation;  ///< the scores that early stopping saw
};

/// One finished sparsification: what its dense.json, sparsify.json and fine-tune.json tell together.
/// Accuracies are fractions of the test set.
struct StoredSparsification {
  std::filesystem::path file;  ///< the fine-tune.json
  std::string name;            ///< of its folder

  std::map<std::string, std::string> options;  ///< as the files have them
  std::string dataset, model, method;          ///< "fashion-mnist", "simpleconv", "vd"
  bool complex = false;
  double c = 0, threshold = 0;
  std::int64_t seed = 0, train_images = 0;

  double dense_acc = 0;   ///< before anything is dropped
  double before_acc = 0;  ///< with the weights dropped, not yet fine-tuned
  double after_acc = 0;   ///< fine-tuned
  std::int64_t parameters = 0, zeros = 0;
  double compression = 1;                    ///< parameters / those left
  std::optional<std::int64_t> packed_bytes;  ///< measured: the fine-tuned network as a packed file
  StoredStage dense, sparsify, fine_tune;

  /// Bytes of all parameters as float32 over packed_bytes.
  std::optional<double> byte_compression() const;

  /// Its training broke off: the figures are of no use.
  bool has_diverged() const { return fine_tune.end == "diverged"; }
};

/// The sparsification whose fine-tune.json this is. UserError when it or one of the two beside it is missing
/// or damaged.
StoredSparsification load_sparsification(const std::filesystem::path& file,
                                         const ReadText& read = text_on_disk);

/// Every finished sparsification below the folder, or in the archive, but for those that diverged; load_all()
/// says how.
std::vector<StoredSparsification> load_sparsifications(const std::filesystem::path& place,
                                                       const PassedOverFn& passed_over = {});

/// The table `sparsifications`.
ResultTable result_table(const std::vector<StoredSparsification>& runs);

}  // namespace packrat
