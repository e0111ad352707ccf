#pragma once
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace packrat {

/// The one random generator: xoshiro256++ (Blackman and Vigna, 2019), the same numbers on every platform.
/// A run has one seed; every purpose gets its own stream with fork(), so that the numbers one part draws
/// never depend on how many another part drew. A run that is resumed forks the same streams again.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  /// An independent stream for a named purpose ("pass", 3). Does not advance this generator.
  Rng fork(std::string_view purpose, std::uint64_t index = 0) const;

  std::uint64_t next();
  /// Uniform in [0, bound), without bias (Lemire 2019). bound >= 1.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Standard normal (Box-Muller).
  double normal();
  /// Beta(alpha, beta), both > 0, from two gamma draws (Marsaglia and Tsang 2000).
  double beta(double alpha, double beta);

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }
  /// 0 .. count-1 in random order.
  std::vector<std::int64_t> permutation(std::int64_t count);

 private:
  double gamma(double shape);

  std::uint64_t key_;  // what fork() derives streams from
  std::uint64_t state_[4];
};

}  // namespace packrat
