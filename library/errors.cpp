#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include "compressors/kernels/quantize.h"
#include "compressors/value_coder.h"
#include "engine/buffer/column.h"
#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/core/utf8.h"
#include "library/call.h"

namespace packrat::library {
namespace {

constexpr std::int64_t kDecodedRows = 32;  // work of a thread at a time

std::string& last_error() {
  thread_local std::string message;
  return message;
}

/// One line of UTF-8, whatever names from elsewhere are in it.
int failed(int code, const char* message) noexcept {
  try {
    last_error() = printable(message);
  } catch (...) {
    last_error().clear();
  }
  return code;
}

struct DtypeRow {
  std::int32_t dtype;
  const char* name;
};
constexpr DtypeRow kDtypes[] = {{PKR_UINT8, "uint8"},     {PKR_INT8, "int8"},      {PKR_INT16, "int16"},
                                {PKR_INT32, "int32"},     {PKR_INT64, "int64"},    {PKR_FLOAT16, "float16"},
                                {PKR_FLOAT32, "float32"}, {PKR_FLOAT64, "float64"}};

}  // namespace

int call(const std::function<void()>& body) noexcept {
  try {
    body();
    return PKR_OK;
  } catch (const UserError& error) {
    return failed(PKR_ERROR_ARGUMENT, error.what());
  } catch (const CorruptEntry& error) {
    return failed(PKR_ERROR_CORRUPT, error.what());
  } catch (const Interrupted& error) {
    return failed(PKR_ERROR_INTERRUPTED, error.what());
  } catch (const std::bad_alloc&) {
    return failed(PKR_ERROR_MEMORY, "no memory: give less at a time, or a smaller budget");
  } catch (const std::length_error&) {
    return failed(PKR_ERROR_MEMORY, "no memory for so many values: give less at a time");
  } catch (const std::exception& error) {
    return failed(PKR_ERROR_INTERNAL, error.what());
  } catch (...) {
    return failed(PKR_ERROR_INTERNAL, "an unknown fault");
  }
}

void require(const void* pointer, const char* what) {
  if (pointer == nullptr) throw UserError(fmt::format("{} is NULL", what));
}

void require_array(const void* pointer, std::int64_t n, const char* what) {
  if (n > 0) require(pointer, what);
}

void require_count(std::int64_t n, const char* what) {
  if (n < 0) throw UserError(fmt::format("the number of {} is {}: give 0 or more", what, n));
}

void require_threads(std::int32_t threads) {
  if (threads < 1) throw UserError(fmt::format("threads is {}: give 1 or more", threads));
}

void* copied(const void* data, std::size_t bytes) {
  void* const memory = std::malloc(bytes > 0 ? bytes : 1);
  if (memory == nullptr) throw std::bad_alloc();
  if (bytes > 0) std::memcpy(memory, data, bytes);
  return memory;
}

void give(const std::vector<std::uint8_t>& from, std::uint8_t** bytes, std::int64_t* size) {
  *bytes = static_cast<std::uint8_t*>(copied(from.data(), from.size()));
  *size = static_cast<std::int64_t>(from.size());
}

void check_row_type(const Domain& domain, std::int32_t dtype) {
  if (dtype == PKR_FLOAT32 || (dtype == PKR_UINT8 && domain.pixels)) return;
  throw UserError(fmt::format("rows of {} are {}, not {}", domain.pixels ? "images" : "feature maps",
                              domain.pixels ? "float32 or uint8" : "float32", dtype_name(dtype)));
}

GivenRows::GivenRows(const Domain& domain, const void* rows, std::int32_t dtype, std::int64_t n)
    : count_(n), width_(domain.values()) {
  require_count(n, "rows");
  check_row_type(domain, dtype);
  require_array(rows, n, "rows");
  if (dtype == PKR_UINT8) {
    converted_.resize(static_cast<std::size_t>(n * width_));
    const ValueCoder coder(domain);
    for (std::int64_t i = 0; i < n; ++i)
      coder.read_row(static_cast<const std::uint8_t*>(rows) + i * width_, width_,
                     converted_.data() + i * width_);
    data_ = converted_.data();
    return;
  }
  data_ = static_cast<const float*>(rows);
  for (std::int64_t i = 0; i < n; ++i)
    if (!kernels::all_finite(data_ + i * width_, width_))
      throw UserError(fmt::format("row {} holds NaN or infinity, which no codec can store", i));
}

void give_rows(const Domain& domain, std::int64_t n, std::int32_t dtype, void* out, std::int32_t threads,
               const std::function<void(std::int64_t begin, Rows rows)>& decode) {
  const std::int64_t width = domain.values(), pieces = (n + kDecodedRows - 1) / kDecodedRows;
  const ValueCoder coder(domain);
  parallel_for(pieces, threads, [&](std::int64_t piece) {
    const std::int64_t begin = piece * kDecodedRows, count = std::min(kDecodedRows, n - begin);
    if (dtype == PKR_FLOAT32) return decode(begin, {static_cast<float*>(out) + begin * width, count, width});
    std::vector<float> values(static_cast<std::size_t>(count * width));
    decode(begin, {values.data(), count, width});
    for (std::int64_t i = 0; i < count; ++i)
      coder.write_row(values.data() + i * width, width,
                      static_cast<std::uint8_t*>(out) + (begin + i) * width);
  });
}

std::string dtype_name(std::int32_t dtype) {
  for (const DtypeRow& row : kDtypes)
    if (row.dtype == dtype) return row.name;
  throw UserError(fmt::format("dtype {} is unknown: give one of PKR_UINT8 (1) to PKR_FLOAT64 (8)", dtype));
}

std::int32_t dtype_of(const std::string& name) {
  for (const DtypeRow& row : kDtypes)
    if (row.name == name) return row.dtype;
  throw UserError(fmt::format("dtype '{}' is unknown", name));
}

extern "C" {

PKR_API int pkr_abi_version(void) {
  return PKR_ABI_VERSION;
}

PKR_API const char* pkr_version(void) {
  static const std::string text = version();
  return text.c_str();
}

PKR_API const char* pkr_last_error(void) {
  return last_error().c_str();
}

PKR_API void pkr_free(void* array) {
  std::free(array);
}

PKR_API int64_t pkr_dtype_bytes(int32_t dtype) {
  return number<std::int64_t>([&] { return Column{"value", dtype_name(dtype), 1}.bytes(); });
}

PKR_API int pkr_parse_bytes(const char* text, int64_t* bytes) {
  return call([&] {
    require(text, "text");
    require(bytes, "bytes");
    *bytes = parse_byte_size(text);
  });
}

}  // extern "C"
}  // namespace packrat::library
