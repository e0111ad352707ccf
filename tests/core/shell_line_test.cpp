#include "engine/core/shell_line.h"

#include <gtest/gtest.h>

namespace packrat {
namespace {

TEST(ShellLine, AShellTakesItApartIntoTheSameWords) {
  EXPECT_EQ(shell_line({"packrat", "--codec", "thin:factor=0.9|quantize:states=4", "it's", ""}),
            "packrat --codec 'thin:factor=0.9|quantize:states=4' 'it'\\''s' ''");
}

}  // namespace
}  // namespace packrat
