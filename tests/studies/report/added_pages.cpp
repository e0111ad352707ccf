// With it report_test.cpp is about the pages of the studies, too.
#include <gtest/gtest.h>

#include "engine/studies/report/study_pages.h"

namespace packrat {
namespace {

class AddedPages : public ::testing::Environment {
  void SetUp() override { add_study_pages(); }
};
const auto* const kAdded = ::testing::AddGlobalTestEnvironment(new AddedPages);

}  // namespace
}  // namespace packrat
