#pragma once
#include <shared_mutex>
#include <string>

#include "engine/buffer/buffer_file.h"
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
  explicit BufferObject(SavedBuffer its_state);

  mutable std::shared_mutex lock;
  SavedBuffer state;
  std::string sampler, budget;
};

Handles<pkr_codec, CodecObject>& codecs();
Handles<pkr_buffer, BufferObject>& buffers();

pkr_codec* add_codec(Codec codec, FitOrigin origin = {});
pkr_codec* add_codec(std::shared_ptr<const Codec> codec, FitOrigin origin = {});

/// As the caller described it. UserError for shapes and statistics that are none.
Domain domain_of(const pkr_domain* domain);
pkr_domain given_domain(const Domain& domain);

}  // namespace packrat::library
