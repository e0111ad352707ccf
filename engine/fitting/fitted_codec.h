#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "compressors/rows.h"
#include "engine/core/bytes.h"

namespace packrat {

class Codec;

/// How a codec came to know what it knows.
struct FitOrigin {
  std::string dataset;      ///< "cifar100"
  std::string data_sha256;  ///< of its files
  std::int64_t images = 0;  ///< learned from, the held-out ones among them
  std::uint64_t seed = 0;
  std::string encoder, cut, weights_sha256;  ///< "cutr34", "3"; "none" and empty for pixels
  double mse = 0, psnr_db = 0;               ///< on the held-out images, as measure_distortion() has them
  double entry_bytes = 0;                    ///< mean over them
  std::string command;                       ///< that made it
};

/// A codec that has learned, ready to be kept in a file.
struct FittedCodec {
  std::string spec;                   ///< normal_form()
  std::array<std::int64_t, 3> shape;  ///< of the maps or images it is for
  bool pixels = false;
  std::vector<std::vector<std::uint8_t>> learned;  ///< Codec::shared_by_stage()
  FitOrigin origin;
  std::array<float, 3> mean{}, std{};  ///< that pixels were normalised with; std 0 when it is not known
};

/// Writes a safetensors file: one tensor a stage, "stage.0" and so on, all that was learned as U8, or as F16
/// where the bytes are float32 values that half precision holds exactly. The rest is in the metadata.
void save_fitted_codec(const std::filesystem::path& path, const FittedCodec& fitted);

void write_fitted_codec(std::ostream& out, const FittedCodec& fitted);

/// UserError when the file is not such a file or is damaged: not one changed bit is taken. One without
/// checksum is taken when its SHA-256 is that of a file that ships.
FittedCodec load_fitted_codec(const std::filesystem::path& path);
/// The same for a file that is in memory; errors call it `name`. is_known: whether one without checksum is to
/// be taken; empty: never.
FittedCodec read_fitted_codec(ByteView file, const std::string& name,
                              const std::function<bool()>& is_known = {});

/// Builds the codec for `domain`, whose shape and kind must be those it learned on; the statistics that
/// pixels are normalised with may differ.
Codec make_fitted_codec(const FittedCodec& fitted, const Domain& domain);

/// The name that such a file goes by: "fcae-neurons-64_cutr34-3" or "convae-channels-16_pixels".
std::string fitted_codec_name(const std::string& spec, const std::string& encoder, const std::string& cut);

}  // namespace packrat
