#pragma once
#include <cstdint>
#include <memory>

#include "packrat/packrat.h"

namespace packrat::c {

// Handles and arrays of the C interface that free themselves.
struct FreeHandle {
  void operator()(pkr_codec* codec) const { pkr_codec_free(codec); }
  void operator()(pkr_buffer* buffer) const { pkr_buffer_free(buffer); }
  void operator()(pkr_head* head) const { pkr_head_free(head); }
  void operator()(std::uint8_t* array) const { pkr_free(array); }
  void operator()(std::int64_t* array) const { pkr_free(array); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeHandle>;

}  // namespace packrat::c
