// "pq": product quantization along the channels at each position (FORMAT.md, "Product quantization"; Jegou,
// Douze and Schmid 2011; as a replay buffer's codec: REMIND, Hayes and others 2020).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

#include "compressors/code_stage.h"
#include "compressors/device_form.h"
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/nearest.h"
#include "compressors/kmeans.h"
#include "compressors/stage_table.h"
#include "engine/core/parallel.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostVectors = 20000;  // that centroids are learned from
constexpr int kRounds = 25;

/// How the channels of a map are cut into subspaces, and how many centroids each has.
struct Layout {
  std::int64_t channels, positions, subspaces, centroids;
  std::int64_t first(std::int64_t s) const { return s * channels / subspaces; }
  std::int64_t dims(std::int64_t s) const { return first(s + 1) - first(s); }
};

Layout read_layout(const StageOptions& options, const StageContext& context) {
  if (!context.first || !context.last)
    throw UserError(
        "codec stage 'pq' turns whole maps into codes and stands alone: leave the others out of the chain");
  const auto [channels, height, width] = context.domain.shape;
  return {channels, height * width, options.integer("subspaces", 1, channels),
          std::int64_t{1} << options.integer("bits", 4, 8)};
}

class ProductStage final : public CodeStage {
 public:
  /// centroids: subspace after subspace, [centroids, dims] each.
  ProductStage(const Layout& layout, std::vector<float> centroids)
      : CodeStage(static_cast<int>(layout.centroids), layout.positions * layout.subspaces),
        layout_(layout),
        centroids_(std::move(centroids)),
        columns_(centroids_.size()) {
    for (std::int64_t s = 0; s < layout_.subspaces; ++s)
      for (std::int64_t k = 0; k < layout_.centroids; ++k)
        for (std::int64_t j = 0; j < layout_.dims(s); ++j)
          columns_[static_cast<std::size_t>(table(s) + j * layout_.centroids + k)] = centroid(s, k)[j];
  }

  std::string spec() const override {
    return fmt::format("pq:subspaces={}{}", layout_.subspaces,
                       bits_ == 8 ? "" : fmt::format(",bits={}", bits_));
  }
  std::optional<std::int64_t> section_bytes() const override { return code_bytes_; }
  std::vector<EntryPart> parts() const override { return {codes_part()}; }
  std::vector<std::uint8_t> shared() const override {
    std::vector<std::uint8_t> bytes;
    ByteWriter(bytes).bytes(centroids_.data(), centroids_.size() * sizeof(float));
    return bytes;
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, code_bytes_);
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(width_));
    for (std::int64_t i = 0; i < in.count; ++i) {
      std::uint8_t* code = codes.data();
      for (std::int64_t p = 0; p < layout_.positions; ++p)
        for (std::int64_t s = 0; s < layout_.subspaces; ++s)
          *code++ = static_cast<std::uint8_t>(kernels::nearest_centroid(
              in.row(i) + layout_.first(s) * layout_.positions + p, layout_.positions, layout_.dims(s),
              &columns_[static_cast<std::size_t>(table(s))], layout_.centroids));
      kernels::pack(codes.data(), width_, bits_, bytes + i * code_bytes_);
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(width_));
    for (std::int64_t i = 0; i < out.count; ++i) {
      kernels::unpack(read_codes(readers[static_cast<std::size_t>(i)], i), width_, bits_, codes.data());
      const std::uint8_t* code = codes.data();
      for (std::int64_t p = 0; p < layout_.positions; ++p)
        for (std::int64_t s = 0; s < layout_.subspaces; ++s) {
          const float* values = centroid(s, *code++);
          float* to = out.row(i) + layout_.first(s) * layout_.positions + p;
          for (std::int64_t j = 0; j < layout_.dims(s); ++j) to[j * layout_.positions] = values[j];
        }
    }
  }
  std::optional<DeviceForm> device_form() const override {
    DeviceForm device{{kernels::cuda::Form::kProducts, layout_.channels * layout_.positions}, centroids_};
    device.form.channels = layout_.channels;
    device.form.subspaces = layout_.subspaces;
    device.form.bits = bits_;
    return device;
  }

 private:
  std::int64_t table(std::int64_t s) const { return layout_.first(s) * layout_.centroids; }
  const float* centroid(std::int64_t s, std::int64_t k) const {
    return &centroids_[static_cast<std::size_t>(table(s) + k * layout_.dims(s))];
  }

  Layout layout_;
  std::vector<float> centroids_;
  std::vector<float> columns_;  // the same, [dims, centroids] a subspace: as encoding reads them
};

/// Which vectors to learn from, as row * positions + position: all of them, or as many drawn at random.
std::vector<std::int64_t> chosen_vectors(std::int64_t total, Rng& rng) {
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(std::min(total, kMostVectors)));
  for (std::size_t i = 0; i < chosen.size(); ++i)
    chosen[i] = total <= kMostVectors
                    ? static_cast<std::int64_t>(i)
                    : static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(total)));
  return chosen;
}

std::vector<float> learn_subspace(const Layout& layout, std::int64_t s, ConstRows rows,
                                  const std::vector<std::int64_t>& chosen, const Rng& rng) {
  std::vector<float> vectors;
  vectors.reserve(chosen.size() * static_cast<std::size_t>(layout.dims(s)));
  for (const std::int64_t i : chosen)
    for (std::int64_t c = layout.first(s); c < layout.first(s + 1); ++c)
      vectors.push_back(rows.row(i / layout.positions)[c * layout.positions + i % layout.positions]);
  return kmeans(vectors, layout.dims(s), layout.centroids, kRounds,
                rng.fork("subspace", static_cast<std::uint64_t>(s)));
}

std::vector<std::uint8_t> fit_pq(const StageOptions& options, const StageContext& context,
                                 const FittingRows& rows, const FittingOptions& fitting) {
  const Layout layout = read_layout(options, context);
  const std::int64_t total = rows.train.count * layout.positions;
  if (total < layout.centroids)
    throw UserError(fmt::format(
        "codec stage 'pq' finds {} vectors in {} rows, too few for {} centroids: give more rows to "
        "learn from, or fewer bits",
        total, rows.train.count, layout.centroids));
  Rng rng = Rng(fitting.seed).fork("pq");
  const std::vector<std::int64_t> chosen = chosen_vectors(total, rng);
  std::vector<std::vector<float>> learned(static_cast<std::size_t>(layout.subspaces));
  std::mutex reporting;
  std::int64_t done = 0;
  parallel_for(layout.subspaces, fitting.threads, [&](std::int64_t s) {
    learned[static_cast<std::size_t>(s)] = learn_subspace(layout, s, rows.train, chosen, rng);
    const std::lock_guard<std::mutex> lock(reporting);
    if (fitting.progress) fitting.progress("centroids", ++done, layout.subspaces);
  });
  std::vector<std::uint8_t> bytes;
  for (const std::vector<float>& part : learned)
    ByteWriter(bytes).bytes(part.data(), part.size() * sizeof(float));
  return bytes;
}

std::unique_ptr<Stage> make_pq_stage(const StageOptions& options, const StageContext& context,
                                     ByteReader& learned) {
  const Layout layout = read_layout(options, context);
  std::vector<float> centroids(static_cast<std::size_t>(layout.channels * layout.centroids));
  std::memcpy(centroids.data(), learned.bytes(centroids.size() * sizeof(float)),
              centroids.size() * sizeof(float));
  for (const float value : centroids)
    if (!std::isfinite(value)) throw CorruptEntry("the learned centroids hold NaN or infinity");
  return std::make_unique<ProductStage>(layout, std::move(centroids));
}

/// A code for each position and subspace; 2^bits float32 centroids of all channels together.
StageCost pq_cost(const StageOptions& options, const StageContext& context) {
  const Layout layout = read_layout(options, context);
  StageCost cost;
  cost.values = bytes_for(layout.positions * layout.subspaces * bits_for(layout.centroids));
  cost.shared.other = 4 * layout.channels * layout.centroids;
  return cost;
}

}  // namespace

StageRow pq_stage() {
  StageRow row;
  row.info = {
      "pq",
      "subspaces=1..channels, bits=4..8",
      "product quantization: at each position a code for each part of the channels, from learned centroids",
      {"pq:subspaces=1,bits=4", "pq:subspaces=3,bits=5"}};
  row.keys = {{"subspaces"}, {"bits", "8"}};
  row.make = make_pq_stage;
  row.cost = pq_cost;
  row.fit = fit_pq;
  return row;
}

}  // namespace packrat
