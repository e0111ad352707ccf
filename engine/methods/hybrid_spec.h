#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace packrat {

/// The method that keeps both: the state of a closed form, and entries that a head is trained on.
inline constexpr const char* kHybridMethod = "hybrid";

/// "hybrid:HEAD+replay" or "hybrid:HEAD+replay:key=value,...", taken apart.
struct HybridSpec {
  std::string head;              ///< spec of a method that keeps no entries
  bool prior = false;            ///< combine=prior; otherwise average
  std::optional<double> weight;  ///< of the closed form, 0..1; nullopt: chosen on held-out entries

  /// Canonical, when `head` is.
  std::string text() const;
};

/// nullopt for a spec of another method. UserError for a head that keeps entries or is none, and for options
/// that are unknown or out of range.
std::optional<HybridSpec> parse_hybrid(std::string_view spec);

}  // namespace packrat
