#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/data/image_form.h"

namespace packrat {

struct MappedRows;
class WatchedFile;

/// N images, or rows of features, with their labels. Pixels stay where they lie, in memory or in mapped
/// files, as they were recorded, and become images of the set's form when they are read. Copies share them.
class ImageSet {
 public:
  ImageSet() = default;
  explicit ImageSet(const ImageForm& form) : form_(form) {}
  /// Images in memory, which have that form: pixels [N, 3, side, side], planar RGB.
  ImageSet(std::vector<std::uint8_t> pixels, std::vector<std::uint16_t> labels, const ImageForm& form = {});

  /// Square images one behind the other, `stride` bytes apart, of so many planes (3, or 1: grey).
  struct Records {
    std::int64_t count, stride, side;
    int channels = kImageChannels;
  };
  /// Appends images whose first pixel stands `offset` bytes into the file, or of whose bytes that is true.
  void append(std::shared_ptr<const WatchedFile> file, std::int64_t offset, const Records& records);
  void append(std::vector<std::uint8_t> bytes, const Records& records);

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
  const ImageForm& form() const { return form_; }
  /// Images begin .. begin + count - 1, to out [count, 3, side, side]. From any thread. UserError
  /// when a file has changed since it was opened.
  void read(std::int64_t begin, std::int64_t count, std::uint8_t* out) const;
  /// Some or all of them.
  std::vector<std::uint8_t> pixels(std::int64_t begin, std::int64_t count) const;
  std::vector<std::uint8_t> pixels() const { return pixels(0, count()); }

  /// Keeps these images alone, in this order, and their labels.
  void keep(const std::vector<std::int64_t>& which);
  /// Puts behind every image its mirror image, of the same label.
  void add_mirror_images();

  std::vector<std::uint16_t> labels;       ///< [N], 0 .. classes-1
  std::shared_ptr<const MappedRows> rows;  ///< features, in place of images
  std::vector<std::int32_t> tasks;         ///< [N], in which the stream delivers them; empty: by class

 private:
  struct Part {
    std::shared_ptr<const WatchedFile> file;  // or
    std::shared_ptr<const std::vector<std::uint8_t>> memory;
    std::int64_t offset;
    Records records;
  };
  void read_recorded(std::int64_t place, std::uint8_t* out) const;

  ImageForm form_;
  std::vector<Part> parts_;
  std::vector<std::int64_t> kept_;  // places of the images; empty: all
  bool mirrored_ = false;           // every place counts twice, the second time from right to left
};

}  // namespace packrat
