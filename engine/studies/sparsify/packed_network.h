#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/experiment/model_file.h"
#include "engine/studies/sparsify/packed_weights.h"
#include "engine/studies/sparsify/sparse_network.h"

namespace packrat {

/// What a packed file says about its network.
struct PackedInfo {
  std::string model;    ///< of network_plans(), or "head"
  std::string dataset;  ///< whose images it was trained on
  std::array<std::int64_t, 3> image{};
  std::int64_t classes = 0;
  NumberField field = NumberField::kReal;
  std::optional<ModelInfo> head = {};  ///< of a head: what its test images need; other options are not kept
};

struct PackedNetwork {
  PackedInfo info;
  SparseNetwork network;  ///< masked
};

/// Measured bytes of a packed file.
struct PackedSize {
  std::int64_t file = 0;  ///< all of it
  PackedBytes
      of_weights;  ///< part of it: the kept weights and their places; the rest is biases and the frame
};

/// The bytes of that file, counted without writing it.
PackedSize packed_size(const PackedInfo& info, const SparseNetwork& network);

/// Writes a masked network, all or nothing: of weights those that are kept, of all other tensors everything,
/// in the order of SparseNetwork::state(). docs/sparsification.md has the layout.
PackedSize save_packed_network(const std::filesystem::path& path, const PackedInfo& info,
                               const SparseNetwork& network);

/// Reads it back. UserError, one line that names the file, when it cannot be read, was written by a newer
/// version, is cut short, or was altered.
PackedNetwork load_packed_network(const std::filesystem::path& path);

/// The same for a file that is in memory. CorruptEntry.
PackedNetwork read_packed_network(ByteView file);

}  // namespace packrat
