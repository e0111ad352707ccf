#include "engine/core/build_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/files.h"

namespace packrat {
namespace {

TEST(BuildInfo, VersionIsTheOneOfTheProjectsTopFile) {
  EXPECT_THAT(version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(read_text(source_dir() / "CMakeLists.txt"),
              testing::HasSubstr("project(packrat VERSION " + version() + " "));
}

}  // namespace
}  // namespace packrat
