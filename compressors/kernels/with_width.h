#pragma once
#include <type_traits>

namespace packrat::kernels {

/// Calls f with `width` (1..8) as a compile-time constant, once per call and never per row. `static`, so that
/// each tier keeps a copy of its own.
template <class F>
static inline void with_width(int width, const F& f) {
  switch (width) {
    case 1:
      return f(std::integral_constant<int, 1>());
    case 2:
      return f(std::integral_constant<int, 2>());
    case 3:
      return f(std::integral_constant<int, 3>());
    case 4:
      return f(std::integral_constant<int, 4>());
    case 5:
      return f(std::integral_constant<int, 5>());
    case 6:
      return f(std::integral_constant<int, 6>());
    case 7:
      return f(std::integral_constant<int, 7>());
    default:
      return f(std::integral_constant<int, 8>());
  }
}

}  // namespace packrat::kernels
