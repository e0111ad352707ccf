#include "engine/data/image_set.h"

#include <algorithm>
#include <utility>

#include "engine/data/watched_file.h"

namespace packrat {
namespace {

/// Pages of larger images are given back once they were read, so that a large file does not fill the memory.
constexpr std::size_t kReleasedFrom = std::size_t{64} << 10;

}  // namespace

ImageSet::ImageSet(std::vector<std::uint8_t> pixels, std::vector<std::uint16_t> given, const ImageForm& form)
    : labels(std::move(given)), form_(form) {
  append(std::move(pixels), {count(), form.image_bytes(), form.side});
}

void ImageSet::append(std::shared_ptr<const WatchedFile> file, std::int64_t offset, const Records& records) {
  parts_.push_back({std::move(file), nullptr, offset, records});
}

void ImageSet::append(std::vector<std::uint8_t> bytes, const Records& records) {
  parts_.push_back(
      {nullptr, std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)), 0, records});
}

void ImageSet::read_recorded(std::int64_t place, std::uint8_t* out) const {
  auto part = parts_.begin();
  for (; place >= part->records.count; ++part) place -= part->records.count;
  const ImageSet::Records& records = part->records;
  const std::uint8_t* bytes = part->file ? part->file->bytes().data : part->memory->data();
  const std::uint8_t* image = bytes + part->offset + place * records.stride;
  if (records.side == form_.side && !form_.centre_crop && records.channels == kImageChannels)
    std::copy_n(image, form_.image_bytes(), out);
  else
    reshape_image(image, records.channels, records.side, form_, out);
  const auto size = static_cast<std::size_t>(records.channels * records.side * records.side);
  if (part->file && size >= kReleasedFrom)
    part->file->file().release(static_cast<std::size_t>(image - bytes), size);
}

void ImageSet::read(std::int64_t begin, std::int64_t count, std::uint8_t* out) const {
  for (std::int64_t i = begin; i < begin + count; ++i, out += form_.image_bytes()) {
    const std::int64_t place = mirrored_ ? i / 2 : i;
    read_recorded(kept_.empty() ? place : kept_[static_cast<std::size_t>(place)], out);
    if (mirrored_ && i % 2 == 1) mirror_image(form_, out);
  }
  for (const Part& part : parts_)
    if (part.file) part.file->check_unchanged();
}

std::vector<std::uint8_t> ImageSet::pixels(std::int64_t begin, std::int64_t count) const {
  std::vector<std::uint8_t> all(static_cast<std::size_t>(count * form_.image_bytes()));
  read(begin, count, all.data());
  return all;
}

void ImageSet::keep(const std::vector<std::int64_t>& which) {
  std::vector<std::int64_t> places;
  std::vector<std::uint16_t> chosen;
  for (const std::int64_t i : which) {
    places.push_back(kept_.empty() ? i : kept_[static_cast<std::size_t>(i)]);
    chosen.push_back(labels[static_cast<std::size_t>(i)]);
  }
  kept_ = std::move(places);
  labels = std::move(chosen);
}

void ImageSet::add_mirror_images() {
  std::vector<std::uint16_t> both;
  for (const std::uint16_t label : labels) both.insert(both.end(), {label, label});
  labels = std::move(both);
  mirrored_ = true;
}

}  // namespace packrat
