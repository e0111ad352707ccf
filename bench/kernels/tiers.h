#pragma once
#include <string>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "engine/studies/roofline/machine/memory_kernel.h"

namespace packrat::bench {

constexpr std::int64_t kMapValues = 1024;  ///< an entry of ResNet-34 cut after block 3

/// Calls add(tier's name, its kernels) for every tier that this machine runs.
template <class Add>
void for_each_tier(const Add& add) {
  for (const kernels::Isa isa : kernels::available_isas())
    add(std::string(kernels::isa_name(isa)), kernels::kernels_for(isa));
}

/// Calls add(tier's name, loops over memory) with the loops that store as wide as the tier's kernels.
template <class Add>
void for_each_store(const Add& add) {
  const auto& all = machine::memory_kernels();  // the widest first
  const auto isas = kernels::available_isas();  // the widest last
  for (std::size_t i = 0; i < isas.size() && i < all.size(); ++i)
    add(std::string(kernels::isa_name(isas[i])), all[all.size() - 1 - i]);
}

template <class Add>
void for_each_width(const Add& add) {
  for (int width = 1; width <= kernels::kMaxWidth; ++width) add(width);
}

/// "l1/decode/avx2/n:1024/width:4".
inline std::string row_name(const char* place, const std::string& what, const std::string& tier,
                            std::int64_t n, int width) {
  return std::string(place) + "/" + what + "/" + tier + "/n:" + std::to_string(n) +
         "/width:" + std::to_string(width);
}
inline std::string row_name(const char* place, const std::string& what, const std::string& tier,
                            std::int64_t n) {
  return std::string(place) + "/" + what + "/" + tier + "/n:" + std::to_string(n);
}

}  // namespace packrat::bench
