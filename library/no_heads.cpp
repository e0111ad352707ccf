// In place of heads.cpp in a libpackrat that was built without OpenBLAS.
#include <limits>

#include "engine/core/error.h"
#include "library/call.h"

namespace packrat::library {
namespace {

int refuse_heads() {
  return call(
      [] { throw UserError("this libpackrat has no streaming heads: it was built without OpenBLAS"); });
}

}  // namespace

extern "C" {

PKR_API int pkr_head_make(const char*, const int64_t*, int32_t, uint64_t, int32_t, pkr_head**) {
  return refuse_heads();
}
PKR_API void pkr_head_free(pkr_head*) {}
PKR_API int pkr_head_observe(pkr_head*, const float*, const int64_t*, int64_t) {
  return refuse_heads();
}
PKR_API int pkr_head_merge(pkr_head*, const pkr_head*) {
  return refuse_heads();
}
PKR_API int pkr_head_end_of_task(pkr_head*) {
  return refuse_heads();
}
PKR_API int pkr_head_fit(pkr_head*) {
  return refuse_heads();
}
PKR_API int pkr_head_scores(const pkr_head*, const float*, int64_t, float*) {
  return refuse_heads();
}
PKR_API const char* pkr_head_spec(const pkr_head*) {
  refuse_heads();
  return nullptr;
}
PKR_API int64_t pkr_head_values(const pkr_head*) {
  refuse_heads();
  return -1;
}
PKR_API int32_t pkr_head_classes(const pkr_head*) {
  refuse_heads();
  return -1;
}
PKR_API int64_t pkr_head_kept_bytes(const pkr_head*) {
  refuse_heads();
  return -1;
}
PKR_API int pkr_head_to_bytes(const pkr_head*, uint8_t**, int64_t*) {
  return refuse_heads();
}
PKR_API int pkr_head_from_bytes(const uint8_t*, int64_t, int32_t, pkr_head**) {
  return refuse_heads();
}

}  // extern "C"
}  // namespace packrat::library
