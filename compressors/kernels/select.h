#pragma once
#include <cstdint>

namespace packrat::kernels {

constexpr std::int64_t kMaxSelectValues = 65536;  ///< what 16-bit coordinates can name

/// Thinning's choice: the coordinates of the `kept` greatest of n values, ascending. Among equal values those
/// at the higher coordinates stay; -0 equals +0. x: n floats, not NaN; 1 <= kept <= n <= 65536. scratch: 2 n
/// words, left in any state. coordinates: `kept` of them. Allocates nothing and never throws.
void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates);

/// Whether `count` coordinates ascend strictly and all lie below n, as select_largest() leaves them.
bool is_selection(const std::uint16_t* coordinates, std::int64_t count, std::int64_t n);

/// By sorting all coordinates; what the fast form must equal. Allocates.
namespace reference {
void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint16_t* coordinates);
}  // namespace reference

}  // namespace packrat::kernels
