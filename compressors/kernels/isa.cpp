#include "compressors/kernels/isa.h"

#include <cstdlib>
#include <utility>

#include "compressors/kernels/kernel_table.h"
#include "engine/core/error.h"

namespace packrat::kernels {
namespace {

constexpr std::pair<Isa, const char*> kNames[] = {
    {Isa::kScalar, "scalar"}, {Isa::kAvx2, "avx2"}, {Isa::kAvx512, "avx512"}, {Isa::kNeon, "neon"}};

// The compiler's test includes the operating system's: whether it saves the wide registers.
bool runs_here(Isa isa) {
  if (isa == Isa::kScalar) return true;
#if defined(PACKRAT_NEON_KERNELS)
  return isa == Isa::kNeon;
#elif defined(PACKRAT_X86_KERNELS)
  __builtin_cpu_init();
  const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (isa == Isa::kAvx2) return avx2;
  return isa == Isa::kAvx512 && avx2 && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2");
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
  for (const auto& [known, name] : kNames)
    if (known == isa) return name;
  return "";
}

std::vector<Isa> available_isas() {
  std::vector<Isa> available;
  for (const auto& [isa, name] : kNames)
    if (runs_here(isa)) available.push_back(isa);
  return available;
}

Isa choose_isa(const char* text, const std::vector<Isa>& available) {
  if (text == nullptr) return available.back();
  const std::string name = text;
  for (const Isa isa : available)
    if (name == isa_name(isa)) return isa;
  for (const auto& [isa, known] : kNames)
    if (name == known)
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
#elif defined(PACKRAT_NEON_KERNELS)
  if (isa == Isa::kNeon) return kNeonKernels;
#endif
  static_cast<void>(isa);
  return kScalarKernels;
}

const KernelTable& active_kernels() {
  static const KernelTable& table = kernels_for(active_isa());
  return table;
}

}  // namespace packrat::kernels
