#pragma once
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "engine/core/npy.h"
#include "engine/core/rng.h"
#include "engine/core/safetensors.h"

namespace packrat::testing_data {

/// An array as it goes into a file.
struct ArrayToWrite {
  std::string type;
  std::vector<std::int64_t> shape;
  std::string bytes;

  std::string npy() const { return npy_header(type, shape) + bytes; }
};
using ArraysToWrite = std::map<std::string, ArrayToWrite>;

template <typename T>
ArrayToWrite array_of(const std::string& type, std::vector<std::int64_t> shape,
                      const std::vector<T>& values) {
  return {type, std::move(shape), {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}};
}

/// `rows` rows of float32 features that tell their class, and labels 0, 1, ..., classes - 1, 0, ...
inline ArraysToWrite toy_features(std::int64_t rows, const std::vector<std::int64_t>& row_shape, int classes,
                                  std::uint64_t seed) {
  Rng rng(seed);
  std::vector<std::int64_t> shape{rows}, labels;
  shape.insert(shape.end(), row_shape.begin(), row_shape.end());
  std::int64_t width = 1;
  for (const std::int64_t side : row_shape) width *= side;
  std::vector<float> values;
  for (std::int64_t row = 0; row < rows; ++row) {
    labels.push_back(row % classes);
    for (std::int64_t j = 0; j < width; ++j)
      values.push_back(static_cast<float>(j % classes == labels.back() ? 2 : 0) +
                       static_cast<float>(rng.below(256)) / 256);
  }
  return {{"features", array_of("F32", shape, values)}, {"labels", array_of("I64", {rows}, labels)}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

inline void write_as_safetensors(const std::filesystem::path& path, const ArraysToWrite& arrays,
                                 const std::map<std::string, std::string>& metadata = {}) {
  std::vector<SafetensorsTensor> tensors;
  std::string bytes;
  for (const auto& [name, array] : arrays) {
    tensors.push_back({name, array.type, array.shape, {nullptr, array.bytes.size()}});
    bytes += array.bytes;
  }
  write_bytes(path, safetensors_header(tensors, metadata) + bytes);
}

/// START.features.npy, START.labels.npy and so on.
inline void write_as_npy(const std::filesystem::path& start, const ArraysToWrite& arrays) {
  for (const auto& [name, array] : arrays) write_bytes(start.string() + "." + name + ".npy", array.npy());
}

/// DIR/train.safetensors and DIR/test.safetensors.
inline void write_toy_features(const std::filesystem::path& folder, std::int64_t train_rows,
                               std::int64_t test_rows, const std::vector<std::int64_t>& row_shape,
                               int classes) {
  write_as_safetensors(folder / "train.safetensors", toy_features(train_rows, row_shape, classes, 1));
  write_as_safetensors(folder / "test.safetensors", toy_features(test_rows, row_shape, classes, 2));
}

}  // namespace packrat::testing_data
