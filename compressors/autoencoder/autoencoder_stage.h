#pragma once
#include <string>

#include "compressors/autoencoder/network.h"
#include "compressors/autoencoder/training.h"
#include "compressors/stage_factory.h"

namespace packrat {

/// The first stage of a chain: an encoder turns whole maps or images into latents, which it stores as float32
/// when it is the last stage, too, and otherwise hands on; a decoder turns them back. Rows go through both in
/// batches.
class AutoencoderStage : public Stage {
 public:
  /// parameters: the encoder's, then the decoder's.
  AutoencoderStage(std::string spec, Autoencoder model, bool stores_latents,
                   const std::vector<float>& parameters);

  std::string spec() const final { return spec_; }
  std::int64_t width_out() const final { return stores_latents_ ? 0 : model_.latent(); }
  std::optional<std::int64_t> section_bytes() const final;
  std::vector<EntryPart> parts() const final;
  std::vector<std::uint8_t> shared() const override;
  SharedBytes shared_bytes() const override;

  void encode(ConstRows in, Rows out, EntryBatch& section) const final;
  void decode(ConstRows in, Rows out, std::vector<ByteReader>& readers) const final;

 protected:
  const Autoencoder& model() const { return model_; }

 private:
  /// What the encoder sees of rows; `room` has as many values.
  virtual ConstRows prepared(ConstRows in, Rows /*room*/) const { return in; }
  /// The latents of rows of codes, as the encoder gives them.
  virtual void find_latents(ConstRows codes, Rows latents) const;
  /// From what the decoder gives to values of a row.
  virtual void restore(float* /*row*/) const {}

  void encode_piece(ConstRows in, Rows latents) const;

  std::string spec_;
  Autoencoder model_;
  bool stores_latents_;
  std::vector<float> encoder_, decoder_;  // parameters
};

/// UserError unless the stage is the first of its chain: it needs whole maps.
void check_comes_first(const StageContext& context, const char* name);

/// The next `count` float32 values of what a stage learned. CorruptEntry when one is not finite.
std::vector<float> read_learned(ByteReader& learned, std::int64_t count);

/// The same values as bytes.
std::vector<std::uint8_t> learned_bytes(const std::vector<float>& values);

/// How the stage's networks are trained.
TrainingTask training_task(const std::string& spec, const StageContext& context,
                           const FittingOptions& options);

}  // namespace packrat
