#pragma once
#include <cstdint>
#include <string>

#include "tests/support/temp_folder.h"

namespace packrat {

/// A made-up /sys/class/powercap.
struct Powercap {
  TempFolder folder;

  void zone(const std::string& path, const std::string& name, std::uint64_t energy_uj,
            std::uint64_t range_uj = 262143328850) const {
    folder.write(path + "/name", name + "\n");
    folder.write(path + "/max_energy_range_uj", std::to_string(range_uj) + "\n");
    set(path, energy_uj);
  }
  void set(const std::string& path, std::uint64_t energy_uj) const {
    folder.write(path + "/energy_uj", std::to_string(energy_uj) + "\n");
  }
};

}  // namespace packrat
