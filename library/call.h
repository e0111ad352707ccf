#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compressors/codec.h"
#include "packrat/packrat.h"

namespace packrat::library {

// What every function of the C interface is made of.

/// Runs `body`; nothing it throws comes out. Its error becomes a code and pkr_last_error().
int call(const std::function<void()>& body) noexcept;

/// The same for functions that return a number: -1 after an error.
template <typename T>
T number(const std::function<T()>& body) noexcept {
  T result = -1;
  return call([&] { result = body(); }) == PKR_OK ? result : static_cast<T>(-1);
}

/// UserError when a pointer is NULL; what: "labels". With n == 0 arrays may be.
void require(const void* pointer, const char* what);
void require_array(const void* pointer, std::int64_t n, const char* what);
/// UserError unless n >= 0.
void require_count(std::int64_t n, const char* what);
/// UserError unless 1 <= threads.
void require_threads(std::int32_t threads);

/// A copy that pkr_free() frees. std::bad_alloc without memory.
void* copied(const void* data, std::size_t bytes);
void give(const std::vector<std::uint8_t>& from, std::uint8_t** bytes, std::int64_t* size);

/// Rows that the caller passed, as float32: in place where they are.
class GivenRows {
 public:
  /// rows: [n, domain.values()] of dtype. UserError for a dtype that the domain's rows do not come in, and
  /// for NaN and infinity, which names the row.
  GivenRows(const Domain& domain, const void* rows, std::int32_t dtype, std::int64_t n);
  ConstRows rows() const { return {data_, count_, width_}; }

 private:
  std::vector<float> converted_;
  const float* data_ = nullptr;
  std::int64_t count_, width_;
};

/// UserError for a dtype that rows of the domain cannot be given back in.
void check_row_type(const Domain& domain, std::int32_t dtype);
/// Runs decode(begin, rows) for pieces of the n rows, on up to `threads` threads, and writes what it decoded
/// to `out` as dtype.
void give_rows(const Domain& domain, std::int64_t n, std::int32_t dtype, void* out, std::int32_t threads,
               const std::function<void(std::int64_t begin, Rows rows)>& decode);

/// "float32" of PKR_FLOAT32; UserError for an unknown one.
std::string dtype_name(std::int32_t dtype);
std::int32_t dtype_of(const std::string& name);

}  // namespace packrat::library
