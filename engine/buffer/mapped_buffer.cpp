#include "engine/buffer/mapped_buffer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compressors/registry.h"
#include "engine/buffer/buffer_description.h"
#include "engine/buffer/mapped_slab.h"
#include "engine/buffer/storage_plan.h"

namespace packrat {

namespace {

std::unique_ptr<MappedSlab> create_slab(const std::filesystem::path& path, const Codec& codec, int classes,
                                        Budget budget, Sampler& sampler, const std::vector<Column>& columns) {
  const auto entry_bytes = codec.entry_bytes();
  if (!entry_bytes)
    throw UserError(
        fmt::format("entries of {} differ in size: a mapped buffer takes codecs whose entries have one size",
                    codec.spec()));
  const StorageNeeds needs = ReplayBuffer::needs_of(codec, classes, sampler, columns);
  const MappedSlab::Shape shape{
      *entry_bytes, slab_slots(*entry_bytes, needs, budget), needs.beside,
      ClassCounts::bytes_for(classes) + needs.sampler_bytes + static_cast<std::int64_t>(sizeof(BufferDraws))};
  const std::vector<std::uint8_t> shared = codec.shared();
  const std::string text =
      describe_buffer({codec.spec(), codec.domain(), classes, std::string(sampler.name()), budget, columns});
  return MappedSlab::create(path, shape, text, {shared.data(), shared.size()});
}

/// Where a file is made that takes the place of a mapped buffer which this process has open, so that nobody
/// else makes one. What a killed process left there goes.
std::filesystem::path place_beside(const std::filesystem::path& path) {
  std::filesystem::path beside = path;
  beside += ".resized";
  std::error_code none;
  std::filesystem::remove(beside, none);
  return beside;
}

void take_place(const std::filesystem::path& beside, const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::rename(beside, path, failed);
  if (failed)
    throw UserError(fmt::format("the mapped buffer lies in {} now, which could not be renamed to {}: {}",
                                beside.string(), path.string(), failed.message()));
}

}  // namespace

std::filesystem::path mapped_file(std::string_view storage, const char* what) {
  constexpr std::string_view kMapped = "mapped:";
  if (storage == "memory") return {};
  if (storage.substr(0, kMapped.size()) != kMapped || storage.size() == kMapped.size())
    throw UserError(fmt::format("{} '{}': give memory or mapped:FILE", what, storage));
  return std::filesystem::absolute(storage.substr(kMapped.size()));
}

SavedBuffer make_mapped_buffer(const std::filesystem::path& path, std::shared_ptr<const Codec> codec,
                               int classes, Budget budget, std::unique_ptr<Sampler> sampler,
                               std::vector<Column> columns, std::uint64_t seed) {
  auto storage = create_slab(path, *codec, classes, budget, *sampler, columns);
  SavedBuffer made{ReplayBuffer::over(std::move(storage), std::move(codec), classes, budget,
                                      std::move(sampler), std::move(columns), nullptr),
                   {"", "none", "", ""},
                   {seed, 0, 0}};
  keep_mapped_state(made);
  return made;
}

SavedBuffer replace_mapped_buffer(const std::filesystem::path& path, std::shared_ptr<const Codec> codec,
                                  int classes, Budget budget, std::unique_ptr<Sampler> sampler,
                                  std::vector<Column> columns, std::uint64_t seed) {
  if (!MappedSlab::is_mapped_file(path))
    return make_mapped_buffer(path, std::move(codec), classes, budget, std::move(sampler), std::move(columns),
                              seed);
  const auto old = MappedSlab::open(path);
  const std::filesystem::path beside = place_beside(path);
  SavedBuffer made = make_mapped_buffer(beside, std::move(codec), classes, budget, std::move(sampler),
                                        std::move(columns), seed);
  take_place(beside, path);
  return made;
}

void resize_mapped_buffer(SavedBuffer& state, const std::filesystem::path& path, Budget budget, Rng& rng) {
  ReplayBuffer& buffer = state.buffer;
  const std::filesystem::path beside = place_beside(path);
  // Asked for its bytes alone: a sampler of its own, so that the buffer's own keeps its state.
  const auto sampler = make_sampler(std::string(buffer.sampler().name()));
  auto storage = create_slab(beside, buffer.codec(), buffer.classes(), budget, *sampler, buffer.columns());
  try {
    buffer.resize_into(std::move(storage), budget, rng);
  } catch (...) {
    std::error_code none;
    std::filesystem::remove(beside, none);
    throw;
  }
  keep_mapped_state(state);
  take_place(beside, path);
}

SavedBuffer open_mapped_buffer(const std::filesystem::path& path, const CodecFactory& make) {
  std::unique_ptr<MappedSlab> storage = MappedSlab::open(path);
  try {
    BufferDescription d = read_description(storage->description());
    const ByteView shared = storage->shared();
    auto codec = std::make_shared<const Codec>(make ? make(d.codec, d.domain, shared)
                                                    : make_codec(d.codec, d.domain, shared));
    std::unique_ptr<Sampler> sampler = make_sampler(d.sampler);
    const StorageNeeds needs = ReplayBuffer::needs_of(*codec, d.classes, *sampler, d.columns);
    const MappedSlab::Shape& shape = storage->shape();
    const std::int64_t state_bytes = ClassCounts::bytes_for(d.classes) + needs.sampler_bytes +
                                     static_cast<std::int64_t>(sizeof(BufferDraws));
    if (codec->entry_bytes() != shape.entry_bytes ||
        slab_slots(shape.entry_bytes, needs, d.budget) != shape.slots ||
        needs.beside.label != shape.beside.label || needs.beside.note != shape.beside.note ||
        needs.beside.columns != shape.beside.columns || state_bytes != shape.state_bytes)
      throw CorruptEntry("its sizes are not those of what it describes");
    const ByteView state = storage->state();
    if (state.size == 0) throw CorruptEntry("its counters are damaged");
    ByteReader reader(state);
    ReplayBuffer buffer = ReplayBuffer::over(std::move(storage), std::move(codec), d.classes, d.budget,
                                             std::move(sampler), std::move(d.columns), &reader);
    return {std::move(buffer), {"", "none", "", ""}, reader.value<BufferDraws>()};
  } catch (const nlohmann::json::exception&) {
    throw UserError(fmt::format("the mapped buffer {}: its description cannot be read", path.string()));
  } catch (const Error& error) {
    throw UserError(fmt::format("the mapped buffer {}: {}", path.string(), error.what()));
  }
}

void keep_mapped_state(SavedBuffer& state) {
  state.buffer.keep_state({reinterpret_cast<const std::uint8_t*>(&state.draws), sizeof state.draws});
}

}  // namespace packrat
