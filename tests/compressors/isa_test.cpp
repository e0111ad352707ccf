#include "compressors/kernels/isa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "compressors/kernels/kernel_table.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using kernels::Isa;
using ::testing::HasSubstr;

const std::vector<Isa> kAll{Isa::kScalar, Isa::kAvx2, Isa::kAvx512, Isa::kNeon};

TEST(Isa, TheFastestAvailableIsChosenUnlessTheEnvironmentNamesAnother) {
  EXPECT_EQ(kernels::choose_isa(nullptr, {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}), Isa::kAvx512);
  EXPECT_EQ(kernels::choose_isa(nullptr, {Isa::kScalar, Isa::kAvx2}), Isa::kAvx2);
  for (const Isa isa : kAll) EXPECT_EQ(kernels::choose_isa(kernels::isa_name(isa), kAll), isa);
}

TEST(Isa, AnUnknownNameOrOneThatCannotRunIsRefusedInOneLineWithTheChoices) {
  for (const char* text : {"", "AVX2", "avx", "avx512 ", "sse"}) {
    const std::string message = testing::message_of<UserError>([&] {
      kernels::choose_isa(text, {Isa::kScalar, Isa::kAvx2});
    });
    EXPECT_THAT(message, HasSubstr("PACKRAT_ISA='" + std::string(text) + "'"));
    EXPECT_THAT(message, HasSubstr("scalar, avx2"));
  }
  const std::string message =
      testing::message_of<UserError>([] { kernels::choose_isa("avx512", {Isa::kScalar}); });
  EXPECT_THAT(message, HasSubstr("PACKRAT_ISA=avx512 is not available on this machine"));
}

TEST(Isa, ScalarIsAlwaysAvailableAndTheOneInUseIsAmongThem) {
  const std::vector<Isa> available = kernels::available_isas();
  EXPECT_EQ(available.front(), Isa::kScalar);
  EXPECT_THAT(available, ::testing::Contains(kernels::active_isa()));
  EXPECT_THAT(kernels::isa_summary(), HasSubstr(kernels::isa_name(kernels::active_isa())));
  EXPECT_EQ(&kernels::active_kernels(), &kernels::kernels_for(kernels::active_isa()));
}

// tests/compressors/kernels.cmake runs this program once for each value of PACKRAT_ISA.
TEST(Isa, TheEnvironmentVariableIsObeyed) {
  const char* text = std::getenv("PACKRAT_ISA");
  if (text == nullptr) GTEST_SKIP() << "PACKRAT_ISA is not set";
  EXPECT_STREQ(kernels::isa_name(kernels::active_isa()), text);
}

}  // namespace
}  // namespace packrat
