#pragma once
#include <string>
#include <vector>

namespace packrat::kernels {

/// The instruction sets that the kernels are written for. All of them give the same bits.
enum class Isa {
  kScalar,  ///< plain C++: the reference, and the only one away from x86-64 and 64-bit Arm
  kAvx2,    ///< AVX2, FMA, BMI2
  kAvx512,  ///< AVX-512 F, BW, DQ, VL, VBMI, VBMI2
  kNeon     ///< NEON, which every 64-bit Arm has
};

/// "scalar", "avx2", "avx512" or "neon".
const char* isa_name(Isa isa);

/// Those that this build holds and this processor runs, the fastest last.
std::vector<Isa> available_isas();

/// The one that the kernels use: what the environment variable PACKRAT_ISA names, else the fastest available.
/// Settled by the first call, for the life of the process. UserError when PACKRAT_ISA names none, or one that
/// is not available; every kernel asks here first, so a program that wants to hear of it early calls this.
Isa active_isa();

/// What active_isa() makes of the text of PACKRAT_ISA (nullptr: not set) when `available` can be used.
Isa choose_isa(const char* text, const std::vector<Isa>& available);

/// "avx512 (available: scalar, avx2, avx512)".
std::string isa_summary();

}  // namespace packrat::kernels
