#include "engine/fitting/fitting_set.h"

#include <fmt/format.h>

#include "engine/core/rng.h"

namespace packrat {

FittingSet::FittingSet(const std::string& dataset, const std::filesystem::path& data_dir,
                       const EncodingOptions& encoding, std::int64_t images, std::uint64_t seed,
                       const ProgressFn& progress) {
  Dataset loaded = load_dataset(dataset, data_dir, progress, encoding.image);
  info_ = loaded.info;
  data_sha256_ = loaded.sha256;
  const std::int64_t there = loaded.train.count();
  if (images < 0 || images > there || there < 2 || images == 1)
    throw UserError(fmt::format("cannot fit on {} images of {}: give 2 to {}, or 0 for all of them", images,
                                info_.display_name, there));
  loaded.test = {};
  const PreparedData data = prepare_data(loaded, encoding, progress);
  domain_ = data.domain;
  weights_sha256_ = data.weights_sha256;

  std::vector<std::int64_t> chosen = Rng(seed).fork("fitting images").permutation(there);
  chosen.resize(static_cast<std::size_t>(images == 0 ? there : images));
  sample_ = FittingSample(*data.train, chosen, domain_.values());
}

}  // namespace packrat
