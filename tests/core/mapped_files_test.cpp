#include "engine/core/mapped_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "engine/core/files.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

TEST(MappedFilesDeathTest, AFileThatIsCutShortWhileItIsReadEndsTheProgramWithItsName) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const TempFolder folder;
  const std::filesystem::path path = folder / "shrinking.bin";
  std::ofstream(path) << std::string(100'000, 'x');
  const auto read_what_is_gone = [&] {
    explain_lost_pages();
    const MappedFile file(path), other(path);
    if (::truncate(path.c_str(), 0) != 0) ::_exit(9);
    volatile std::uint8_t byte = file.bytes().data[90'000];
    ::_exit(byte == 'x' ? 7 : 8);
  };
  EXPECT_EXIT(read_what_is_gone(), ::testing::ExitedWithCode(2),
              "packrat: .*shrinking.bin: it was cut short");
}

}  // namespace
}  // namespace packrat
