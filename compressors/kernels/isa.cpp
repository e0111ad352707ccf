#include "compressors/kernels/isa.h"

#include <cstdlib>

#include "compressors/kernels/kernel_table.h"
#include "engine/core/error.h"

namespace packrat::kernels {
namespace {

constexpr Isa kAll[] = {Isa::kScalar, Isa::kAvx2, Isa::kAvx512};

// The compiler's test includes the operating system's: whether it saves the wide registers.
bool runs_here(Isa isa) {
  if (isa == Isa::kScalar) return true;
#ifdef PACKRAT_X86_KERNELS
  __builtin_cpu_init();
  const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (isa == Isa::kAvx2) return avx2;
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
#else
  return false;
#endif
}

std::string names(const std::vector<Isa>& isas) {
  std::string text;
  for (const Isa isa : isas) text += (text.empty() ? "" : ", ") + std::string(isa_name(isa));
  return text;
}

}  // namespace

const char* isa_name(Isa isa) {
  return isa == Isa::kScalar ? "scalar" : isa == Isa::kAvx2 ? "avx2" : "avx512";
}

std::vector<Isa> available_isas() {
  std::vector<Isa> available;
  for (const Isa isa : kAll)
    if (runs_here(isa)) available.push_back(isa);
  return available;
}

Isa choose_isa(const char* text, const std::vector<Isa>& available) {
  if (text == nullptr) return available.back();
  const std::string name = text;
  for (const Isa isa : available)
    if (name == isa_name(isa)) return isa;
  for (const Isa isa : kAll)
    if (name == isa_name(isa))
      throw UserError("PACKRAT_ISA=" + name + " is not available on this machine: choose among " +
                      names(available) + ", or leave it unset");
  throw UserError("unknown PACKRAT_ISA='" + name + "': choose among " + names(available) +
                  ", or leave it unset");
}

Isa active_isa() {
  static const Isa isa = choose_isa(std::getenv("PACKRAT_ISA"), available_isas());
  return isa;
}

std::string isa_summary() {
  return std::string(isa_name(active_isa())) + " (available: " + names(available_isas()) + ")";
}

const KernelTable& kernels_for(Isa isa) {
#ifdef PACKRAT_X86_KERNELS
  if (isa == Isa::kAvx2) return kAvx2Kernels;
  if (isa == Isa::kAvx512) return kAvx512Kernels;
#endif
  static_cast<void>(isa);
  return kScalarKernels;
}

const KernelTable& active_kernels() {
  static const KernelTable& table = kernels_for(active_isa());
  return table;
}

}  // namespace packrat::kernels
