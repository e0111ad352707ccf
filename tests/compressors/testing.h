#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/rng.h"

namespace packrat::testing {

/// Memory that ends where a forbidden page begins, or begins where one ends: a byte too far is a crash.
class GuardedBuffer {
 public:
  enum class Guard { kAfter, kBefore };

  GuardedBuffer(std::size_t size, Guard guard) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    const std::size_t inside =
        (size + page_ - 1) / page_ * page_ + page_;  // at least a page, even for size 0
    total_ = inside + 2 * page_;
    void* mapped = mmap(nullptr, total_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::runtime_error("mmap failed");
    base_ = static_cast<std::uint8_t*>(mapped);
    if (mprotect(base_ + page_, inside, PROT_READ | PROT_WRITE) != 0)
      throw std::runtime_error("mprotect failed");
    data_ = guard == Guard::kBefore ? base_ + page_ : base_ + page_ + inside - size;
  }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;
  ~GuardedBuffer() { munmap(base_, total_); }

  std::uint8_t* bytes() const { return data_; }
  float* floats() const { return reinterpret_cast<float*>(data_); }

 private:
  std::size_t page_, total_ = 0;
  std::uint8_t* base_ = nullptr;
  std::uint8_t* data_ = nullptr;
};

/// What a map looks like after a ReLU: about half zeros, the rest half-normal, and now and then a tie.
inline std::vector<float> relu_like(std::int64_t n, Rng& rng) {
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& v : values) {
    v = static_cast<float>(rng.normal());
    v = v < 0 ? 0.0f : v;
    if (rng.below(8) == 0) v = 0.25f;
  }
  return values;
}

/// `kept` of n indices, ascending.
inline std::vector<std::uint16_t> random_selection(std::int64_t n, std::int64_t kept, Rng& rng) {
  std::vector<std::int64_t> all = rng.permutation(n);
  std::sort(all.begin(), all.begin() + kept);
  return {all.begin(), all.begin() + kept};
}

inline std::vector<float> normal_values(std::int64_t n, Rng& rng) {
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& v : values) v = static_cast<float>(rng.normal());
  return values;
}

/// The channel statistics that images are normalised with.
struct PixelStatistics {
  const char* dataset;
  std::array<float, 3> mean, std;
};
inline const std::vector<PixelStatistics>& pixel_statistics() {
  static const std::vector<PixelStatistics> all{
      {"CIFAR-10", {0.4914f, 0.4822f, 0.4465f}, {0.2023f, 0.1994f, 0.2010f}},
      {"CIFAR-100", {0.5071f, 0.4867f, 0.4408f}, {0.2675f, 0.2565f, 0.2761f}},
      {"TinyImagenet", {0.4802f, 0.4481f, 0.3975f}, {0.2302f, 0.2265f, 0.2262f}}};
  return all;
}

inline Domain features(std::int64_t channels, std::int64_t height, std::int64_t width) {
  Domain domain;
  domain.shape = {channels, height, width};
  return domain;
}

inline Domain pixels(std::int64_t height = 32, std::int64_t width = 32) {
  Domain domain = features(3, height, width);
  domain.pixels = true;
  domain.mean = pixel_statistics()[0].mean;
  domain.std = pixel_statistics()[0].std;
  return domain;
}

inline std::string name_of(const Domain& d) {
  return (d.pixels ? "pixels " : "features ") + std::to_string(d.shape[0]) + "x" +
         std::to_string(d.shape[1]) + "x" + std::to_string(d.shape[2]);
}

/// Every shape of a cut ResNet, the image itself, and a ragged one.
inline std::vector<Domain> all_domains() {
  return {
      features(3, 32, 32), features(64, 8, 8), features(128, 4, 4), features(256, 2, 2), features(512, 1, 1),
      features(7, 3, 5),   pixels(),           pixels(5, 7)};
}

/// `count` rows that fit the domain: feature maps, or normalised images.
inline std::vector<float> rows_for(const Domain& domain, std::int64_t count, Rng& rng) {
  std::vector<float> rows = relu_like(count * domain.values(), rng);
  if (!domain.pixels) return rows;
  const std::int64_t plane = domain.shape[1] * domain.shape[2];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto c = static_cast<std::size_t>(static_cast<std::int64_t>(i) / plane % domain.shape[0]);
    rows[i] = normalised_pixel(static_cast<std::uint8_t>(rng.below(256)), domain.mean[c], domain.std[c]);
  }
  return rows;
}

inline std::vector<ByteView> views(const EntryBatch& batch) {
  return batch.entries();
}

inline EntryBatch encode(const Codec& codec, const std::vector<float>& rows) {
  const std::int64_t n = codec.domain().values();
  return codec.encode(ConstRows(rows.data(), static_cast<std::int64_t>(rows.size()) / n, n));
}

inline std::vector<float> decode(const Codec& codec, const std::vector<ByteView>& entries) {
  const std::int64_t n = codec.domain().values(), count = static_cast<std::int64_t>(entries.size());
  std::vector<float> out(static_cast<std::size_t>(n * count), -7.0f);
  codec.decode(entries, Rows{out.data(), count, n});
  return out;
}

/// The codec of a spec, fitted on made-up rows when it has to learn: once for every spec and shape.
/// Whether this build has the stages of a spec: jpeg and webp can be left out.
inline bool in_build(std::string_view spec) {
  const auto table = stage_table();
  const bool pictures =
      std::any_of(table.begin(), table.end(), [](const StageInfo& info) { return info.name == "jpeg"; });
  return pictures || (spec.find("jpeg") == spec.npos && spec.find("webp") == spec.npos);
}

inline Codec codec_for(std::string_view spec, const Domain& domain) {
  if (!must_be_fitted(spec)) return make_codec(spec, domain);
  static std::map<std::string, std::vector<std::uint8_t>> learned;
  std::vector<std::uint8_t>& shared = learned[std::string(spec) + " on " + name_of(domain)];
  if (!shared.empty()) return make_codec(spec, domain, ByteView{shared.data(), shared.size()});
  Rng rng(7);
  const std::vector<float> train = rows_for(domain, 64, rng), held_out = rows_for(domain, 16, rng);
  FittingOptions options;
  options.max_epochs = 1;
  Codec codec = fit_codec(
      spec, domain, {{train.data(), 64, domain.values()}, {held_out.data(), 16, domain.values()}}, options);
  shared = codec.shared();
  return codec;
}

/// The codec that another's text and shared bytes give.
inline Codec rebuilt(const Codec& codec) {
  const std::vector<std::uint8_t> shared = codec.shared();
  return make_codec(codec.spec(), codec.domain(), ByteView{shared.data(), shared.size()});
}

/// Equal bits, so that 0 and -0 differ and NaN equals itself.
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), 4 * a.size()) == 0);
}

/// The message of the E that `f` throws; "" when it throws none.
template <class E, class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "";
}

}  // namespace packrat::testing
