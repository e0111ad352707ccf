#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>

#include "tests/compressors/testing.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {
namespace {

/// A codec that is made, and fitted where it learns, when it is first asked for.
class LazyCodec {
 public:
  LazyCodec(std::string spec, const Domain& domain) : spec_(std::move(spec)), domain_(domain) {}
  const Codec& get() {
    if (!codec_) codec_ = std::make_unique<Codec>(testing::codec_for(spec_, domain_));
    return *codec_;
  }
  const std::string& spec() const { return spec_; }
  const Domain& domain() const { return domain_; }

 private:
  std::string spec_;
  Domain domain_;
  std::unique_ptr<Codec> codec_;
};
using Codecs = std::vector<LazyCodec>;

/// The stage's examples that a domain accepts.
void add_examples(const StageInfo& stage, const Domain& domain, Codecs& codecs) {
  const std::vector<std::string> accepted = example_specs(domain);
  for (const auto* part : {&stage.examples, domain.pixels ? &stage.pixel_examples : &stage.feature_examples})
    for (const std::string& spec : *part)
      if (std::find(accepted.begin(), accepted.end(), spec) != accepted.end())
        codecs.emplace_back(spec, domain);
}

/// The stage's examples on a small image and on maps of that shape; on larger ones when it refuses both.
Codecs examples(const StageInfo& stage, const Domain& maps) {
  Codecs codecs;
  for (const Domain& domain : {maps, testing::pixels(5, 7)}) add_examples(stage, domain, codecs);
  if (codecs.empty()) add_examples(stage, testing::features(5, 4, 8), codecs);
  return codecs;
}

/// The codec that the first byte chooses; null when there is none. `rest` becomes what follows.
LazyCodec* chosen(Codecs& codecs, ByteView bytes, ByteView& rest) {
  if (bytes.size == 0 || bytes.data[0] >= codecs.size()) return nullptr;
  rest = {bytes.data + 1, bytes.size - 1};
  return &codecs[bytes.data[0]];
}

Bytes chooses(std::size_t codec, const Bytes& rest) {
  Bytes bytes(1 + rest.size());
  bytes[0] = static_cast<std::uint8_t>(codec);
  std::copy(rest.begin(), rest.end(), bytes.begin() + 1);
  return bytes;
}

bool decodes(const Codec& codec, ByteView entry) {
  try {
    for (const float value : testing::decode(codec, {entry}))
      if (!std::isfinite(value))
        throw std::logic_error(codec.spec() + " decoded an entry to NaN or infinity");
    return true;
  } catch (const CorruptEntry&) {
    return false;
  }
}

bool read_entry(Codecs& codecs, ByteView bytes) {
  ByteView entry;
  LazyCodec* codec = chosen(codecs, bytes, entry);
  if (codec == nullptr) return false;
  const bool good = decodes(codec->get(), entry);
  const auto size = codec->get().entry_bytes();
  if (!size || good) return good;
  // Most mutations change the length, and would never come further than its check.
  Bytes fitting(entry.data, entry.data + entry.size);
  fitting.resize(static_cast<std::size_t>(*size));
  decodes(codec->get(), {fitting.data(), fitting.size()});
  return false;
}

std::vector<Bytes> entries(Codecs& codecs) {
  std::vector<Bytes> seeds;
  Rng rng(1);
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    const Codec& codec = codecs[i].get();
    seeds.push_back(chooses(i, testing::encode(codec, testing::rows_for(codec.domain(), 1, rng)).bytes));
  }
  return seeds;
}

/// Nothing when the codec refuses the rows: sound weights can make latents that are beyond what float16
/// holds.
std::optional<EntryBatch> encoded(const Codec& codec) {
  Rng rng(1);
  try {
    return testing::encode(codec, testing::rows_for(codec.domain(), 2, rng));
  } catch (const UserError&) {
    return std::nullopt;
  }
}

/// An autoencoder's decoder with finite weights can still give infinity, which is then told as a damaged
/// entry.
bool may_overflow(const Codec& codec) {
  return codec.spec().find("ae:") != std::string::npos;
}

bool read_learned(Codecs& codecs, ByteView bytes) {
  ByteView learned;
  const LazyCodec* of = chosen(codecs, bytes, learned);
  if (of == nullptr) return false;
  try {
    const Codec codec = make_codec(of->spec(), of->domain(), learned);
    const std::optional<EntryBatch> batch = encoded(codec);
    if (batch && !decodes(codec, batch->entry(1)) && !may_overflow(codec))
      throw std::logic_error(codec.spec() + " cannot read what it wrote");
    return true;
  } catch (const CorruptEntry&) {
    return false;
  }
}

}  // namespace

std::vector<Target> entry_targets() {
  std::vector<Target> targets;
  for (const StageInfo& stage : stage_table()) {
    const auto codecs = std::make_shared<Codecs>(
        examples(stage, testing::features(129, 2, 2)));  // codes: a whole block and a rest
    targets.push_back({stage.name, [codecs](ByteView bytes) { return read_entry(*codecs, bytes); },
                       [codecs] { return entries(*codecs); }});
  }
  return targets;
}

Target learned_target() {
  const auto codecs = std::make_shared<Codecs>();
  for (const StageInfo& stage : stage_table())
    for (LazyCodec& codec : examples(stage, testing::features(7, 3, 5)))
      if (must_be_fitted(codec.spec())) codecs->push_back(std::move(codec));
  const auto seeds = [codecs] {
    std::vector<Bytes> all;
    for (std::size_t i = 0; i < codecs->size(); ++i) all.push_back(chooses(i, (*codecs)[i].get().shared()));
    return all;
  };
  return {"learned", [codecs](ByteView bytes) { return read_learned(*codecs, bytes); }, seeds};
}

std::vector<Target> storage_targets() {
  std::vector<Target> targets = entry_targets();
  targets.push_back(learned_target());
  targets.push_back(buffer_file_target());
  targets.push_back(buffer_content_target());
  targets.push_back(packed_weights_target());
  targets.push_back(packed_file_target());
  targets.push_back(npy_target());
  targets.push_back(npz_target());
  for (const auto& more : {header_targets, library_targets})
    for (Target& target : more()) targets.push_back(std::move(target));
  return targets;
}

}  // namespace packrat::fuzzing
