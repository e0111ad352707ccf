#pragma once
#include <cstdint>

namespace packrat {

// Matrix products and factors in double, by OpenBLAS. Matrices are row-major; of symmetric ones the lower
// triangle is read and written. Work is cut into tiles that depend on the sizes alone, each computed by one
// thread: the same bits for any number of threads.

/// s [d, d] += x^T x; x: [rows, d].
void add_gram(const double* x, std::int64_t rows, std::int64_t d, double* s, int threads);

/// Replaces a [d, d], positive definite, by its Cholesky factor L with L L^T = a. False when it is not
/// positive definite; a is then of no use.
bool factor_in_place(double* a, std::int64_t d);

/// The lower triangle of s [d, d] becomes that of l l^T; l: [d, d], zeros above its diagonal.
void square_of_factor(const double* l, std::int64_t d, double* s);

/// Replaces each row of b [rows, d] by a^-1 of it; l: what factor_in_place() made of a.
void solve_rows(const double* l, std::int64_t d, double* b, std::int64_t rows);

/// Replaces each row of b [rows, d] by l^-1 of it.
void solve_half_rows(const double* l, std::int64_t d, double* b, std::int64_t rows);

/// out [m, n] = a [m, k] b^T; b: [n, k].
void multiply_by_transposed(const double* a, std::int64_t m, const double* b, std::int64_t n, std::int64_t k,
                            double* out);
/// The same in float32.
void multiply_by_transposed(const float* a, std::int64_t m, const float* b, std::int64_t n, std::int64_t k,
                            float* out);

}  // namespace packrat
