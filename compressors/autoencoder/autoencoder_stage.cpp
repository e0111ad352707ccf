#include "compressors/autoencoder/autoencoder_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compressors/kernels/quantize.h"

namespace packrat {
namespace {

constexpr std::int64_t kCodedRows = 64;  // rows that are worked on together
constexpr std::int64_t kLatentBytes = sizeof(float);

/// What the values take in memory.
std::int64_t bytes_of(const std::vector<float>& values) {
  return static_cast<std::int64_t>(values.capacity() * sizeof(float));
}

/// The first row that holds NaN or infinity, or -1.
std::int64_t first_not_finite(ConstRows rows) {
  for (std::int64_t i = 0; i < rows.count; ++i)
    if (!kernels::all_finite(rows.row(i), rows.width)) return i;
  return -1;
}

}  // namespace

AutoencoderStage::AutoencoderStage(std::string spec, Autoencoder model, bool stores_latents,
                                   const std::vector<float>& parameters)
    : spec_(std::move(spec)),
      model_(std::move(model)),
      stores_latents_(stores_latents),
      encoder_(parameters.begin(), parameters.begin() + model_.encoder.parameters()),
      decoder_(parameters.begin() + model_.encoder.parameters(), parameters.end()) {}

std::optional<std::int64_t> AutoencoderStage::section_bytes() const {
  return stores_latents_ ? kLatentBytes * model_.latent() : 0;
}

std::vector<EntryPart> AutoencoderStage::parts() const {
  if (!stores_latents_) return {};
  return {{Part::kValues, fmt::format("{} latents of 32 bits", model_.latent()), *section_bytes()}};
}

std::vector<std::uint8_t> AutoencoderStage::shared() const {
  std::vector<std::uint8_t> bytes = learned_bytes(encoder_);
  ByteWriter(bytes).bytes(decoder_.data(), decoder_.size() * sizeof(float));
  return bytes;
}

SharedBytes AutoencoderStage::shared_bytes() const {
  return {bytes_of(encoder_), bytes_of(decoder_), 0};
}

void AutoencoderStage::find_latents(ConstRows codes, Rows latents) const {
  std::copy(codes.data, codes.data + codes.count * codes.width, latents.data);
}

void AutoencoderStage::encode_piece(ConstRows in, Rows latents) const {
  std::vector<float> room(static_cast<std::size_t>(in.count * in.width));
  std::vector<float> codes(static_cast<std::size_t>(in.count * model_.encoder.width_out()));
  const Rows code_rows{codes.data(), in.count, model_.encoder.width_out()};
  model_.encoder.forward(encoder_.data(), prepared(in, {room.data(), in.count, in.width}), code_rows);
  find_latents(code_rows, latents);
}

void AutoencoderStage::encode(ConstRows in, Rows out, EntryBatch& section) const {
  std::uint8_t* const bytes = section.append(in.count, *section_bytes());
  std::vector<float> own(stores_latents_ ? static_cast<std::size_t>(in.count * model_.latent()) : 0);
  const Rows latents = stores_latents_ ? Rows{own.data(), in.count, model_.latent()} : out;
  for (std::int64_t begin = 0; begin < in.count; begin += kCodedRows) {
    const std::int64_t count = std::min(kCodedRows, in.count - begin);
    encode_piece({in.row(begin), count, in.width}, {latents.row(begin), count, latents.width});
  }
  if (const std::int64_t bad = first_not_finite(latents); bad >= 0)
    throw UserError(
        fmt::format("image {} of the batch is beyond what {} was fitted on, its latent is not finite: scale "
                    "the features down",
                    bad, spec_));
  if (!own.empty()) std::memcpy(bytes, own.data(), own.size() * sizeof(float));
}

void AutoencoderStage::decode(ConstRows in, Rows out, std::vector<ByteReader>& readers) const {
  std::vector<float> own;
  if (stores_latents_) {
    own.resize(static_cast<std::size_t>(out.count * model_.latent()));
    for (std::int64_t i = 0; i < out.count; ++i)
      std::memcpy(own.data() + i * model_.latent(),
                  readers[static_cast<std::size_t>(i)].bytes(static_cast<std::size_t>(*section_bytes())),
                  static_cast<std::size_t>(*section_bytes()));
    in = ConstRows(own.data(), out.count, model_.latent());
    if (const std::int64_t bad = first_not_finite(in); bad >= 0)
      throw CorruptEntry(fmt::format("entry {} of the batch holds NaN or infinity", bad));
  }
  model_.decoder.forward(decoder_.data(), in, out);
  for (std::int64_t i = 0; i < out.count; ++i) restore(out.row(i));
  if (const std::int64_t bad = first_not_finite(out); bad >= 0)
    throw CorruptEntry(
        fmt::format("entry {} of the batch holds a latent that decodes to NaN or infinity", bad));
}

void check_comes_first(const StageContext& context, const char* name) {
  if (context.first) return;
  throw UserError(
      fmt::format("codec stage '{}' works on whole maps, so none can stand before it: put it first", name));
}

std::vector<float> read_learned(ByteReader& learned, std::int64_t count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  const std::uint8_t* const from = learned.bytes(bytes);
  std::vector<float> values(static_cast<std::size_t>(count));
  std::memcpy(values.data(), from, bytes);
  if (!kernels::all_finite(values.data(), count))
    throw CorruptEntry("the learned weights hold NaN or infinity");
  return values;
}

std::vector<std::uint8_t> learned_bytes(const std::vector<float>& values) {
  std::vector<std::uint8_t> bytes;
  ByteWriter(bytes).bytes(values.data(), values.size() * sizeof(float));
  return bytes;
}

TrainingTask training_task(const std::string& spec, const StageContext& context,
                           const FittingOptions& options) {
  TrainingTask task{
      spec, {}, Rng(options.seed).fork("autoencoder", static_cast<std::uint64_t>(context.position)), {}};
  if (!options.checkpoint.empty())
    task.checkpoint = fmt::format("{}.{}", options.checkpoint.string(), context.position);
  return task;
}

}  // namespace packrat
