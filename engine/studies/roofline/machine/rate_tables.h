#pragma once
#include "engine/studies/roofline/machine/rate_kernel.h"

namespace packrat::machine {

// One table a file of kernels. The files hold no inline functions of others, not even std::vector's: each is
// compiled for its own instruction set, and the linker could hand such a function to the rest of the program.
extern const RateKernel kPortableRates[3];
extern const RateKernel kAvx2Rates[3];
extern const RateKernel kAvxVnniRates[1];
extern const RateKernel kAvx512Rates[1];
extern const RateKernel kAvx512VnniRates[1];
extern const RateKernel kAvx512Bf16Rates[1];
extern const RateKernel kAmxRates[2];

}  // namespace packrat::machine
