#pragma once
#include <cstdint>
#include <vector>

#include "compressors/rows.h"
#include "engine/preview/contact_sheet.h"

namespace packrat {

class Codec;

/// A 3 x 32 x 32 image, or another of that many channels, planes of bytes, as a tile.
Tile picture_tile(const std::uint8_t* planes, int width, int height);

/// Rows of a contact sheet that show what codecs make of images or feature maps. An image is a tile of its
/// colours; a feature map is a tile of some of its channels in grey, those that vary most over the rows
/// shown, black and white being the least and the greatest value of that channel before coding, in all
/// rows of the sheet.
class CodecPreview {
 public:
  struct Options {
    int scale =
        3;  ///< side of the square that one of 32 x 32 pixels becomes; maps grow to about the same size
    int maps = 8;  ///< channels of a feature map
  };

  /// shown: what gets tiles; measured: what bytes and errors are measured on. Both must outlive the preview.
  CodecPreview(const Domain& domain, ConstRows shown, ConstRows measured, const Options& options);

  /// The rows as they are, with the bytes they take without a codec: pixels 1 byte, features 4.
  SheetRow originals() const;
  /// What the codec gives back, its bytes an entry, and its PSNR over the rows shown and over those measured.
  SheetRow row_of(const Codec& codec) const;

 private:
  std::vector<std::int64_t> varied_channels() const;
  Tile tile(const float* row, const float* original) const;
  Tile map_tile(const float* row, const float* original) const;
  std::vector<Tile> tiles(ConstRows rows) const;

  Domain domain_;
  ConstRows shown_, measured_;
  Options options_;
  std::vector<std::int64_t> channels_;  // that are shown; empty for pixels
};

}  // namespace packrat
