#include "engine/studies/roofline/machine/rate_kernel.h"

#include <iterator>

#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

template <std::size_t Count>
void append(std::vector<RateKernel>& out, const RateKernel (&kernels)[Count]) {
  out.insert(out.end(), std::begin(kernels), std::end(kernels));
}

std::vector<RateKernel> all_kernels() {
  std::vector<RateKernel> out;
#ifdef PACKRAT_X86_KERNELS
  append(out, kAmxRates);
  append(out, kAvx512Bf16Rates);
  append(out, kAvx512VnniRates);
  append(out, kAvx512Rates);
  append(out, kAvxVnniRates);
  append(out, kAvx2Rates);
#endif
  append(out, kPortableRates);
  return out;
}

}  // namespace

const std::vector<RateKernel>& rate_kernels() {
  static const std::vector<RateKernel> all = all_kernels();
  return all;
}

std::vector<RateKernel> best_rate_kernels() {
  std::vector<RateKernel> out;
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8})
    for (const RateKernel& kernel : rate_kernels())
      if (kernel.precision == precision && kernel.is_supported()) {
        out.push_back(kernel);
        break;
      }
  return out;
}

}  // namespace packrat::machine
