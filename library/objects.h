#pragma once
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "engine/buffer/mapped_buffer.h"
#include "engine/fitting/fitted_codec.h"
#include "library/handles.h"
#include "packrat/packrat.h"

namespace packrat::library {

/// What a pkr_codec stands for.
struct CodecObject {
  std::shared_ptr<const Codec> codec;
  std::string spec;
  FitOrigin origin;  ///< of a fitted one
};

/// What a pkr_buffer stands for. Readers share the lock, a writer has it alone.
struct BufferObject {
  explicit BufferObject(SavedBuffer its_state, std::filesystem::path file = {});

  mutable std::shared_mutex lock;
  SavedBuffer state;
  std::string sampler, budget;
  const std::filesystem::path mapped_file;  ///< empty for one in memory
};

Handles<pkr_codec, CodecObject>& codecs();
Handles<pkr_buffer, BufferObject>& buffers();

/// Runs body(object) with the reader's lock, and hands on its result.
template <typename Body>
auto reading(const pkr_buffer* buffer, const Body& body) {
  const auto object = buffers().get(buffer);
  const std::shared_lock<std::shared_mutex> lock(object->lock);
  return body(*object);
}

/// Runs body(object) with the writer's lock; a mapped buffer then keeps its state.
template <typename Body>
void writing(pkr_buffer* buffer, const Body& body) {
  const auto object = buffers().get(buffer);
  const std::unique_lock<std::shared_mutex> lock(object->lock);
  body(*object);
  keep_mapped_state(object->state);
}

/// UserError unless the buffer has a column of that place.
void check_column(const ReplayBuffer& buffer, std::int32_t column);

pkr_codec* add_codec(Codec codec, FitOrigin origin = {});
pkr_codec* add_codec(std::shared_ptr<const Codec> codec, FitOrigin origin = {});

/// As the caller described it. UserError for shapes and statistics that are none.
Domain domain_of(const pkr_domain* domain);
pkr_domain given_domain(const Domain& domain);

}  // namespace packrat::library
