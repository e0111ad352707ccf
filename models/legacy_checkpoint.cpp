#include "models/legacy_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "engine/core/error.h"
#include "models/storage_type.h"

namespace packrat {
namespace {

// A pickle of protocol 2 of 0x1950a86a20f9469cfc6c.
constexpr std::uint8_t kLegacyMagic[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                         0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};

[[noreturn]] void damaged_legacy(const std::string& what) {
  throw CorruptEntry("damaged PyTorch file: " + what);
}

/// The next pickle, taken off the front.
Pickle next_pickle(ByteView& file) {
  Pickle pickle = read_pickle(file);
  file = {file.data + pickle.size, file.size - pickle.size};
  return pickle;
}

/// Bytes of a value in each storage that the object refers to: ("storage", type, key, location, values,
/// view).
std::map<std::string, std::size_t> value_sizes(const Pickle& object) {
  std::map<std::string, std::size_t> sizes;
  for (const PickleValue& value : object.values) {
    const auto* const call = value.as<PickleCall>();
    const auto* const parts =
        call && call->callee == "persistent" ? call->arguments->as<PickleSequence>() : nullptr;
    if (parts == nullptr || parts->items.size() < 3) continue;
    const auto* const type = parts->items[1]->as<PickleGlobal>();
    const auto* const key = parts->items[2]->as<std::string>();
    if (type == nullptr || key == nullptr) continue;
    const auto* const known = std::find_if(std::begin(kStorageTypes), std::end(kStorageTypes),
                                           [&](const StorageType& t) { return type->name == t.storage; });
    // Of a complex type, which is not read, the values have to be skipped.
    const bool complex = type->name.find("Complex") != std::string::npos;
    if (known != std::end(kStorageTypes))
      sizes[*key] = c10::elementSize(known->type);
    else if (complex)
      sizes[*key] = type->name.find("Double") == std::string::npos ? 8 : 16;
  }
  return sizes;
}

void refuse_big_endian(const Pickle& machine) {
  const auto* const facts = machine.root->as<PickleDict>();
  if (facts == nullptr) damaged_legacy("it does not say which machine wrote it");
  for (const auto& [key, value] : facts->items) {
    const auto* const name = key->as<std::string>();
    const auto* const little = value->as<bool>();
    if (name && *name == "little_endian" && little && !*little)
      throw UserError(
          "this PyTorch file was written on a big-endian machine: convert it to safetensors there");
  }
}

}  // namespace

bool has_legacy_magic(ByteView file) {
  return file.size >= sizeof kLegacyMagic && std::memcmp(file.data, kLegacyMagic, sizeof kLegacyMagic) == 0;
}

LegacyCheckpoint read_legacy_checkpoint(ByteView file) {
  next_pickle(file);  // the magic number
  next_pickle(file);  // the version: there is one
  refuse_big_endian(next_pickle(file));
  LegacyCheckpoint checkpoint{next_pickle(file), {}};
  const std::map<std::string, std::size_t> sizes = value_sizes(checkpoint.object);
  const Pickle keys = next_pickle(file);
  const auto* const list = keys.root->as<PickleSequence>();
  if (list == nullptr) damaged_legacy("it has no list of storages");
  ByteReader reader(file);
  for (const PickleRef item : list->items) {
    const auto* const key = item->as<std::string>();
    const auto size = key ? sizes.find(*key) : sizes.end();
    if (size == sizes.end()) damaged_legacy("nothing says what a storage of it holds");
    const auto values = reader.value<std::int64_t>();
    if (values < 0 || static_cast<std::uint64_t>(values) > reader.left() / size->second)
      damaged_legacy(fmt::format("storage '{}' reaches beyond its end; it may be truncated", *key));
    const std::size_t bytes = static_cast<std::size_t>(values) * size->second;
    const std::uint8_t* const data = reader.bytes(bytes);
    checkpoint.records["data/" + *key].assign(data, data + bytes);
  }
  return checkpoint;
}

}  // namespace packrat
