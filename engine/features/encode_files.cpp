#include "engine/features/encode_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "compressors/kernels/half.h"
#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/core/npy.h"
#include "engine/core/safetensors.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// What one file is called and holds.
struct FileToWrite {
  fs::path path;
  std::function<void(std::ostream&)> write;
};

/// Writes each file inside the writing of the one before: the last complete one is put in place first, and a
/// failure anywhere leaves none.
void write_together(const std::vector<FileToWrite>& files, std::size_t from = 0) {
  if (from == files.size()) return;
  write_file_atomically(files[from].path, [&](std::ostream& out) {
    files[from].write(out);
    if (out.flush()) write_together(files, from + 1);
  });
}

void put(std::ostream& out, const void* data, std::int64_t bytes) {
  out.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
}

/// One split on its way into files.
struct EncodedSplit {
  const char* name;
  const ImageSet& images;
  std::function<void(std::int64_t begin, std::int64_t end, float* out)> rows;
  Shape3 shape;

  std::int64_t width() const { return shape[0] * shape[1] * shape[2]; }
  std::vector<std::int64_t> array_shape() const {
    if (shape[1] == 1 && shape[2] == 1) return {images.count(), shape[0]};
    return {images.count(), shape[0], shape[1], shape[2]};
  }
  std::vector<std::int64_t> labels() const { return {images.labels.begin(), images.labels.end()}; }
};

/// False when a value is too large.
bool convert_chunk(FeatureType type, const std::vector<float>& values, std::vector<std::uint8_t>& bytes) {
  const auto count = static_cast<std::int64_t>(values.size());
  bytes.resize(static_cast<std::size_t>(count * feature_type_bytes(type)));
  if (type == FeatureType::kFloat16) return kernels::to_float16(values.data(), count, bytes.data());
  if (type == FeatureType::kBfloat16) return kernels::to_bfloat16(values.data(), count, bytes.data());
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return true;
}

void write_rows(const EncodedSplit& split, FeatureType type, const ProgressFn& progress, std::ostream& out) {
  std::vector<float> values;
  std::vector<std::uint8_t> bytes;
  const std::int64_t chunk = feature_chunk_rows(split.images.form(), split.width());
  for (std::int64_t begin = 0; begin < split.images.count() && out; begin += chunk) {
    if (stop_requested()) throw Interrupted("stopped while encoding: nothing was written");
    const std::int64_t end = std::min(begin + chunk, split.images.count());
    values.resize(static_cast<std::size_t>((end - begin) * split.width()));
    split.rows(begin, end, values.data());
    if (!convert_chunk(type, values, bytes))
      throw UserError(
          fmt::format("a feature of the {} images {} to {} is beyond the greatest {}: give --dtype float32",
                      split.name, begin, end - 1, feature_type_name(type)));
    put(out, bytes.data(), static_cast<std::int64_t>(bytes.size()));
    if (progress) progress(fmt::format("encode {}", split.name), end, split.images.count());
  }
}

std::vector<FileToWrite> safetensors_file(const EncodedSplit& split, const FeatureFileForm& form,
                                          const std::map<std::string, std::string>& metadata,
                                          const ProgressFn& progress) {
  return {{form.folder / fmt::format("{}.safetensors", split.name), [&](std::ostream& out) {
             const std::vector<std::int64_t> labels = split.labels();
             const auto sized = [](std::int64_t bytes) {
               return ByteView{nullptr, static_cast<std::size_t>(bytes)};
             };
             const std::int64_t count = split.images.count(), label_bytes = count * 8,
                                row_bytes = split.width() * feature_type_bytes(form.type);
             out << safetensors_header(
                 {{"labels", "I64", {count}, sized(label_bytes)},
                  {"features", feature_type_code(form.type), split.array_shape(), sized(count * row_bytes)}},
                 metadata);
             put(out, labels.data(), label_bytes);
             write_rows(split, form.type, progress, out);
           }}};
}

std::vector<FileToWrite> npy_files(const EncodedSplit& split, const FeatureFileForm& form,
                                   const ProgressFn& progress) {
  return {{form.folder / fmt::format("{}.features.npy", split.name),
           [&](std::ostream& out) {
             out << npy_header(feature_type_code(form.type), split.array_shape());
             write_rows(split, form.type, progress, out);
           }},
          {form.folder / fmt::format("{}.labels.npy", split.name), [&](std::ostream& out) {
             const std::vector<std::int64_t> labels = split.labels();
             out << npy_header("I64", {split.images.count()});
             put(out, labels.data(), split.images.count() * 8);
           }}};
}

FileToWrite class_names_file(const Dataset& dataset, const FeatureFileForm& form) {
  return {form.folder / "class_names.txt",
          [&](std::ostream& out) { out << fmt::format("{}\n", fmt::join(dataset.class_names, "\n")); }};
}

std::map<std::string, std::string> metadata_of(const Dataset& dataset, const EncodingOptions& options,
                                               const EncodedFiles& encoded) {
  return {{"class_names", nlohmann::json(dataset.class_names).dump()},
          {"dataset", dataset.info.display_name},
          {"data_sha256", dataset.sha256},
          {"encoder", options.encodes() ? options.backbone : "none"},
          {"cut", taps_text(options)},
          {"weights_sha256", encoded.weights_sha256}};
}

}  // namespace

EncodedFiles encode_to_files(const Dataset& dataset, const EncodingOptions& options,
                             const FeatureFileForm& form, const ProgressFn& progress) {
  if (form.npy && form.type == FeatureType::kBfloat16)
    throw UserError("NumPy has no bfloat16: give --format safetensors, or --dtype float16 or float32");
  EncodedFiles encoded;
  std::optional<OpenedEncoder> encoder;
  const Domain pixels = pixel_domain(dataset.info);
  encoded.shape = pixels.shape;
  if (options.encodes()) {
    encoder.emplace(open_encoder(options));
    encoded.weights_sha256 = encoder->sha256;
    encoded.weights_note = encoder->note;
    encoded.shape = encoder->rows.shape();
  }
  const auto [mean, std] = options.normalisation_for(dataset.info.mean, dataset.info.std);
  const auto rows_of = [&, mean = mean, std = std](const ImageSet& images, bool mirrored) {
    return [&, mean, std, mirrored](std::int64_t begin, std::int64_t end, float* out) {
      if (encoder) return encode_images(encoder->rows, images, begin, end, mean, std, mirrored, out, {});
      normalise_pixels(images, begin, end, pixels, out);
    };
  };
  const EncodedSplit train{"train", dataset.train,
                           rows_of(dataset.train, options.mirrored && !options.both_views), encoded.shape},
      test{"test", dataset.test, rows_of(dataset.test, options.mirrored), encoded.shape};
  const auto metadata = metadata_of(dataset, options, encoded);
  std::vector<FileToWrite> files;
  for (const EncodedSplit* const split : {&train, &test})
    for (FileToWrite& file :
         form.npy ? npy_files(*split, form, progress) : safetensors_file(*split, form, metadata, progress))
      files.push_back(std::move(file));
  if (form.npy) files.push_back(class_names_file(dataset, form));
  write_together(files);
  return encoded;
}

}  // namespace packrat
