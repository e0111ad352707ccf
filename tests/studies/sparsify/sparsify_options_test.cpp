#include "engine/studies/sparsify/sparsify_options.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

SparsifyConfig with(const std::string& option, const std::string& value) {
  SparsifyConfig config;
  set_option(find_sparsify_option(option), value, config);
  return config;
}

TEST(SparsifyOptions, ReadBackWhatTheyPrint) {
  for (const SparsifyOption& option : sparsify_options()) {
    const std::string text = value_text(option, SparsifyConfig{});
    EXPECT_EQ(value_text(option, with(option.name, text)), text) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
  for (const char* stages : {"none", "sparsify", "sparsify,fine-tune", "dense,fine-tune"})
    EXPECT_EQ(value_text(find_sparsify_option("early_stop"), with("early_stop", stages)), stages);
}

TEST(SparsifyOptions, EachReachesAFieldOfItsOwn) {
  for (const SparsifyOption& changed : sparsify_options()) {
    const std::string value = changed.name == "early_stop" ? "dense"
                              : changed.name == "complex"  ? "true"
                              : std::holds_alternative<std::string& (*)(SparsifyConfig&)>(changed.field)
                                  ? "other"
                                  : "12";
    const SparsifyConfig config = with(changed.name, value);
    for (const SparsifyOption& option : sparsify_options())
      EXPECT_EQ(value_text(option, config),
                option.name == changed.name ? value : value_text(option, SparsifyConfig{}))
          << option.name << " when " << changed.name << " is changed";
  }
}

TEST(SparsifyOptions, ValuesOfAnotherTypeAndUnknownNamesAreRefused) {
  struct Case {
    const char *option, *text;
  };
  for (const Case& c : {Case{"seed", "-1"}, Case{"seed", "x"}, Case{"C", "much"}, Case{"complex", "yes"},
                        Case{"dense_epochs", "1.5"}, Case{"early_stop", ""}})
    EXPECT_THAT(user_error([&] { with(c.option, c.text); }),
                AllOf(HasSubstr(std::string("--") + c.option), HasSubstr("needs a value like")))
        << c.option;
  EXPECT_THAT(user_error([] { with("early_stop", "sparsify,prune"); }), HasSubstr("'prune'"));
  EXPECT_THAT(user_error([] { find_sparsify_option("c"); }), HasSubstr("'c'"));
}

// A sweep takes what is in a folder for the run of that name.
TEST(SparsifyOptions, TheNameOfARunTellsEveryOptionThatChangesResults) {
  EXPECT_EQ(default_run_name({}), "simpleconv-fashion-mnist-vd-C0.047-seed0");
  EXPECT_EQ(default_run_name(with("complex", "true")), "simpleconv-fashion-mnist-complex-vd-C0.047-seed0");
  EXPECT_EQ(default_run_name(with("early_stop", "sparsify,fine-tune")),
            "simpleconv-fashion-mnist-vd-C0.047-seed0_early_stop-sparsify-fine-tune");
  SparsifyConfig head = default_config("head");
  head.dataset = "run";
  EXPECT_EQ(default_run_name(head), "head-run-vd-C0.047-seed0");
  head.recipe.epochs[0] = 40;
  EXPECT_EQ(default_run_name(head), "head-run-vd-C0.047-seed0_dense_epochs-40");
  for (const SparsifyOption& option : sparsify_options()) {
    const bool text = std::holds_alternative<std::string& (*)(SparsifyConfig&)>(option.field);
    const std::string value = option.name == "early_stop" ? "dense"
                              : option.name == "complex"  ? "true"
                              : text                      ? "other"
                                                          : "12";
    const bool told = default_run_name(with(option.name, value)) != default_run_name({});
    EXPECT_EQ(told, option.role != Role::kPlace) << option.name;
  }
}

}  // namespace
}  // namespace packrat
