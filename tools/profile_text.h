#pragma once
#include <string>
#include <vector>

#include "engine/topology/counting.h"
#include "engine/topology/networks.h"

namespace packrat {

enum class ProfileFormat { kTable, kJson, kCsv };

/// A network that was counted.
struct Profile {
  Network network;
  const CountingRule* rule;
  NetworkCount count;
  std::vector<int> bits;  ///< precisions for bytes and intensities, at least one
};

/// Layers and totals. The table leaves out layers that cost nothing, and says how many; CSV holds the layers
/// alone. Ends with a newline.
std::string profile_text(const Profile& profile, ProfileFormat format);

/// One line a network of the table, counted with its own input and classes. Ends with a newline.
std::string network_list_text(const CountingRule& rule, ProfileFormat format);

}  // namespace packrat
