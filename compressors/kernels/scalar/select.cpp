// Thinning's choice in plain C++.
#include "compressors/kernels/scalar/digits.h"
#include "compressors/kernels/scalar/scalar.h"

namespace packrat::kernels::scalar {
namespace {

// What is found is written before it is known to count: that saves a branch nobody could predict.
struct PlainSteps {
  static std::int64_t keys_with_digit(const std::uint32_t* key, std::int64_t n, std::uint32_t digit,
                                      std::uint32_t* to) {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      to[count] = key[i];
      count += key[i] >> kDigitShift == digit;
    }
    return count;
  }

  static std::int64_t collect(const std::uint32_t* key, std::int64_t begin, std::int64_t end,
                              std::uint32_t least, std::int64_t found, std::int64_t kept, std::uint16_t* to) {
    for (std::int64_t i = begin; i < end && found < kept; ++i) {
      to[found] = static_cast<std::uint16_t>(i);
      found += key[i] >= least;
    }
    return found;
  }
};

}  // namespace

void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates) {
  select_by_digits<PlainSteps>(x, n, kept, scratch, coordinates);
}

}  // namespace packrat::kernels::scalar
