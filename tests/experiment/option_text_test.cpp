#include "engine/experiment/option_text.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(OptionText, SetOptionReadsBackWhatValueTextPrints) {
  for (const RunOption& option : run_options()) {
    const RunConfig defaults;
    RunConfig config;
    set_option(option, value_text(option, defaults), config);
    EXPECT_EQ(value_text(option, config), value_text(option, defaults)) << option.name;
  }
}

TEST(OptionText, AValueOfAnotherTypeIsRefused) {
  struct Case {
    const char *option, *text;
  };
  for (const Case& c : {Case{"seed", "x"}, Case{"seed", "1.5"}, Case{"seed", "1 "}, Case{"seed", ""},
                        Case{"maxlr", "fast"}, Case{"maxlr", "0.1x"}, Case{"whole_dataset", "yes"}}) {
    RunConfig config;
    EXPECT_THAT(user_error([&] { set_option(find_run_option(c.option), c.text, config); }),
                HasSubstr(std::string("--") + c.option + " is '" + c.text + "'"));
  }
}

TEST(OptionText, WordsNameWhatIsGivenInTableOrder) {
  RunConfig config;
  config.seed = 3;
  config.maxlr = 0.25;
  config.eval_tasks = true;
  EXPECT_THAT(run_words(config, {"maxlr", "seed", "eval_tasks", "no_cache"}),
              ElementsAre("--seed", "3", "--maxlr", "0.25", "--eval_tasks"));
}

}  // namespace
}  // namespace packrat
