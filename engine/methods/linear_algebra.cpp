#include "engine/methods/linear_algebra.h"

#include <cblas.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "engine/core/parallel.h"

// LAPACK is part of OpenBLAS; Debian ships no header for these two.
extern "C" {
void dpotrf_(const char* triangle, const int* n, double* a, const int* lda, int* info);
void dpotrs_(const char* triangle, const int* n, const int* columns, const double* a, const int* lda,
             double* b, const int* ldb, int* info);
}

namespace packrat {
namespace {

constexpr std::int64_t kTile = 256;

/// OpenBLAS's own threads would cut sums by their number: it gets one while any of these lives. What it had
/// before, which another part of the process may count on, comes back with the last.
class OneBlasThread {
 public:
  OneBlasThread() {
    const std::lock_guard<std::mutex> lock(guard_);
    if (living_++ > 0) return;
    before_ = openblas_get_num_threads();
    if (before_ != 1) openblas_set_num_threads(1);
  }
  ~OneBlasThread() {
    const std::lock_guard<std::mutex> lock(guard_);
    if (--living_ == 0 && before_ != 1) openblas_set_num_threads(before_);
  }
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;

 private:
  static inline std::mutex guard_;
  static inline int living_ = 0, before_ = 1;
};

int narrow(std::int64_t size) {
  return static_cast<int>(size);
}

struct Tile {
  std::int64_t row, column;
};

/// The tiles of a lower triangle of side d.
std::vector<Tile> tiles_of(std::int64_t d) {
  std::vector<Tile> tiles;
  for (std::int64_t row = 0; row < d; row += kTile)
    for (std::int64_t column = 0; column <= row; column += kTile) tiles.push_back({row, column});
  return tiles;
}

}  // namespace

void add_gram(const double* x, std::int64_t rows, std::int64_t d, double* s, int threads) {
  const OneBlasThread one_thread;
  if (rows == 0) return;
  const std::vector<Tile> tiles = tiles_of(d);
  parallel_for(static_cast<std::int64_t>(tiles.size()), threads, [&](std::int64_t t) {
    const auto [row, column] = tiles[static_cast<std::size_t>(t)];
    const std::int64_t height = std::min(kTile, d - row), width = std::min(kTile, d - column);
    double* out = s + row * d + column;
    if (row == column)
      cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, narrow(height), narrow(rows), 1, x + row, narrow(d),
                  1, out, narrow(d));
    else
      cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, narrow(height), narrow(width), narrow(rows), 1,
                  x + row, narrow(d), x + column, narrow(d), 1, out, narrow(d));
  });
}

bool factor_in_place(double* a, std::int64_t d) {
  const OneBlasThread one_thread;
  const int n = narrow(d);
  int info = 0;
  dpotrf_("U", &n, a, &n, &info);  // LAPACK's upper triangle by columns is the lower one by rows
  return info == 0;
}

void square_of_factor(const double* l, std::int64_t d, double* s) {
  const OneBlasThread one_thread;
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, narrow(d), narrow(d), 1, l, narrow(d), 0, s,
              narrow(d));
}

void solve_rows(const double* l, std::int64_t d, double* b, std::int64_t rows) {
  const OneBlasThread one_thread;
  const int n = narrow(d), columns = narrow(rows);
  int info = 0;
  dpotrs_("U", &n, &columns, l, &n, b, &n, &info);
}

void solve_half_rows(const double* l, std::int64_t d, double* b, std::int64_t rows) {
  const OneBlasThread one_thread;
  // b_i = l^-1 b_i for rows: B = B (l^T)^-1.
  cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, narrow(rows), narrow(d), 1, l,
              narrow(d), b, narrow(d));
}

void multiply_by_transposed(const double* a, std::int64_t m, const double* b, std::int64_t n, std::int64_t k,
                            double* out) {
  const OneBlasThread one_thread;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, narrow(m), narrow(n), narrow(k), 1, a, narrow(k), b,
              narrow(k), 0, out, narrow(n));
}

void multiply_by_transposed(const float* a, std::int64_t m, const float* b, std::int64_t n, std::int64_t k,
                            float* out) {
  const OneBlasThread one_thread;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, narrow(m), narrow(n), narrow(k), 1, a, narrow(k), b,
              narrow(k), 0, out, narrow(n));
}

}  // namespace packrat
