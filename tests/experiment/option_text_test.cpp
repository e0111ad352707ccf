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
                        Case{"seed", "0x10"}, Case{"seed", "9223372036854775808"}, Case{"seed", "+1"},
                        Case{"maxlr", "inf"}, Case{"maxlr", "nan"}, Case{"maxlr", "0x1p3"}, Case{"maxlr", ""},
                        Case{"maxlr", "fast"}, Case{"maxlr", "0.1x"}, Case{"whole_dataset", "yes"}}) {
    RunConfig config;
    EXPECT_THAT(user_error([&] { set_option(find_run_option(c.option), c.text, config); }),
                HasSubstr(std::string("--") + c.option + " is '" + c.text + "'"));
  }
}

TEST(OptionText, EveryNumberHasARangeAndValuesOutOfItAreRefused) {
  for (const RunOption& option : run_options()) {
    const bool whole = std::holds_alternative<std::int64_t RunConfig::*>(option.field);
    if (!whole && !std::holds_alternative<double RunConfig::*>(option.field)) continue;
    RunConfig config;
    EXPECT_THAT(user_error([&] { set_option(option, whole ? "-9223372036854775808" : "-1e300", config); }),
                HasSubstr("--" + option.name + " is"));
  }
}

TEST(OptionText, LeadingZerosDoNotMakeANumberOctal) {
  RunConfig config;
  set_option(find_run_option("seed"), "010", config);
  EXPECT_EQ(config.seed, 10);
}

TEST(OptionText, TextThatIsNotUtf8IsRefused) {
  for (const char* const option : {"exp_name", "log_dir", "save_model", "data_dir", "dataset"}) {
    RunConfig config;
    EXPECT_THAT(user_error([&] { set_option(find_run_option(option), "caf\xe9", config); }),
                HasSubstr("'caf\\xe9' is not UTF-8"));
  }
}

TEST(OptionText, ARunsNameStaysInsideTheFolderOfRuns) {
  RunConfig config;
  for (const std::string name : {"..", "../up", "/abs", "a/../../b", "a/..", ".", "./", "", "/"})
    if (name.empty())
      EXPECT_NO_THROW(set_option(find_run_option("exp_name"), name, config)) << "the default";
    else
      EXPECT_THAT(user_error([&] { set_option(find_run_option("exp_name"), name, config); }),
                  HasSubstr("--exp_name '" + name + "'"));
  EXPECT_THAT(user_error([&] { set_option(find_run_option("exp_name"), std::string(256, 'x'), config); }),
              HasSubstr("255 bytes"));
  for (const std::string name : {"a", "a/b", "..a", "a..b", "\xc3\xa4 \xc3\xb6", "-dash", "~", "*", "a//b"})
    EXPECT_NO_THROW(set_option(find_run_option("exp_name"), name, config)) << name;
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
