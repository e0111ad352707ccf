#pragma once
#include <cstdint>
#include <memory>

#include "engine/core/bytes.h"

struct XXH3_state_s;

namespace packrat {

/// checksum() (files.h) of bytes that come in pieces.
class Checksum {
 public:
  Checksum();
  void update(ByteView piece);
  /// Of all pieces so far.
  std::uint64_t value() const;

 private:
  std::unique_ptr<XXH3_state_s, void (*)(XXH3_state_s*)> state_;
};

}  // namespace packrat
