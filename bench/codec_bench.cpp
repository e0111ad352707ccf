// Encoding and decoding of every codec in the table, a batch of 64 maps or images at a time. Items are values
// of the decoded form, bytes those of the packed entries. Each checks its answer before it times.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

constexpr std::int64_t kBatch = 64;

Domain domain_named(bool pixels) {
  Domain domain;
  domain.shape = {256, 2, 2};
  if (!pixels) return domain;
  domain.shape = {3, 32, 32};
  domain.pixels = true;
  domain.mean = {0.4914f, 0.4822f, 0.4465f};
  domain.std = {0.2023f, 0.1994f, 0.2010f};
  return domain;
}

std::vector<float> batch_for(const Domain& domain) {
  Rng rng(1);
  const std::int64_t plane = domain.shape[1] * domain.shape[2];
  std::vector<float> rows(static_cast<std::size_t>(kBatch * domain.values()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto c = static_cast<std::size_t>(static_cast<std::int64_t>(i) / plane % domain.shape[0]);
    rows[i] = domain.pixels
                  ? normalised_pixel(static_cast<std::uint8_t>(rng.below(256)), domain.mean[c], domain.std[c])
                  : std::max(0.0f, static_cast<float>(rng.normal()));
  }
  return rows;
}

Codec codec_for(const std::string& spec, const Domain& domain) {
  if (!must_be_fitted(spec)) return make_codec(spec, domain);
  const std::vector<float> rows = batch_for(domain);
  const ConstRows view(rows.data(), kBatch, domain.values());
  FittingOptions options;
  options.max_epochs = 1;
  return fit_codec(spec, domain, {view, view}, options);
}

// Whether the batch and each of its entries alone decode to the same finite values.
bool decodes_well(const Codec& codec, const EntryBatch& batch, const std::vector<float>& decoded) {
  const std::int64_t n = codec.domain().values();
  std::vector<float> one(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    codec.decode({batch.entry(i)}, Rows{one.data(), 1, n});
    for (std::int64_t j = 0; j < n; ++j) {
      const float value = decoded[static_cast<std::size_t>(i * n + j)];
      if (!std::isfinite(value) || value != one[static_cast<std::size_t>(j)]) return false;
    }
  }
  return batch.count() == kBatch;
}

void count(benchmark::State& state, const Codec& codec, const EntryBatch& batch) {
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(rounds * kBatch * codec.domain().values());
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(batch.bytes.size()));
}

void encode(benchmark::State& state, const std::string& spec, bool pixels) {
  const Codec codec = codec_for(spec, domain_named(pixels));
  const std::vector<float> rows = batch_for(codec.domain());
  const ConstRows view(rows.data(), kBatch, codec.domain().values());
  const EntryBatch batch = codec.encode(view);
  std::vector<float> decoded(rows.size());
  codec.decode(batch.entries(), Rows{decoded.data(), kBatch, codec.domain().values()});
  if (!decodes_well(codec, batch, decoded)) return state.SkipWithError("entries do not decode");
  for (auto _ : state) {
    EntryBatch again = codec.encode(view);
    benchmark::DoNotOptimize(again.bytes.data());
  }
  count(state, codec, batch);
}

void decode(benchmark::State& state, const std::string& spec, bool pixels) {
  const Codec codec = codec_for(spec, domain_named(pixels));
  const std::vector<float> rows = batch_for(codec.domain());
  const EntryBatch batch = codec.encode(ConstRows(rows.data(), kBatch, codec.domain().values()));
  const std::vector<ByteView> entries = batch.entries();
  std::vector<float> decoded(rows.size());
  const Rows out{decoded.data(), kBatch, codec.domain().values()};
  codec.decode(entries, out);
  if (!decodes_well(codec, batch, decoded)) return state.SkipWithError("entries do not decode");
  for (auto _ : state) {
    codec.decode(entries, out);
    benchmark::ClobberMemory();
  }
  count(state, codec, batch);
}

void register_all() {
  for (const bool pixels : {false, true})
    for (const std::string& spec : example_specs(domain_named(pixels))) {
      const std::string name = spec + (pixels ? "/image_3x32x32" : "/map_256x2x2");
      benchmark::RegisterBenchmark(("encode/" + name).c_str(),
                                   [=](benchmark::State& state) { encode(state, spec, pixels); });
      benchmark::RegisterBenchmark(("decode/" + name).c_str(),
                                   [=](benchmark::State& state) { decode(state, spec, pixels); });
    }
}

}  // namespace
}  // namespace packrat

int main(int argc, char** argv) {
  packrat::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
