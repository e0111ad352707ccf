#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/features/prepared_data.h"
#include "engine/fitting/fitting_sample.h"

namespace packrat {

/// Training images of a data set as rows for fit_codec(): encoded features, or normalised pixels, held in
/// memory. The data set's test images are not touched.
class FittingSet {
 public:
  /// images: how many to take, drawn with `seed`; 0 takes all. A tenth of them, at least one, is held out.
  /// UserError when the data set is not there or has fewer than two images.
  FittingSet(const std::string& dataset, const std::filesystem::path& data_dir,
             const EncodingOptions& encoding, std::int64_t images, std::uint64_t seed,
             const ProgressFn& progress);

  FittingRows rows() const { return sample_.rows(); }
  const Domain& domain() const { return domain_; }
  const DatasetInfo& dataset() const { return info_; }
  const std::string& data_sha256() const { return data_sha256_; }
  const std::string& weights_sha256() const { return weights_sha256_; }  ///< empty for pixels

 private:
  DatasetInfo info_;
  Domain domain_;
  std::string data_sha256_, weights_sha256_;
  FittingSample sample_;
};

}  // namespace packrat
