#include "engine/report/figure.h"

#include <gmock/gmock.h>

#include "tests/data/expect_error.h"
#include "tests/report/example_figures.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(Figure, CountsItsStatesAndTheLastSwitchChangesFastest) {
  const Figure figure = switched_figure();
  EXPECT_EQ(state_count(figure), 6u);
  EXPECT_EQ(state_count(shared_figure()), 1u);
  std::size_t expected = 0;
  for (const auto& choice : all_choices(figure)) EXPECT_EQ(state_of(figure, choice), expected++);
  EXPECT_EQ(expected, 6u);
}

TEST(Figure, ReadsChoicesByNameAndTakesTheFirstForTheRest) {
  const Figure figure = switched_figure();
  EXPECT_THAT(parse_choices(figure, {}), ElementsAre(0, 0));
  EXPECT_THAT(parse_choices(figure, {"accuracy=best"}), ElementsAre(0, 1));
  EXPECT_THAT(parse_choices(figure, {"accuracy=best", "bytes=published"}), ElementsAre(2, 1));
}

TEST(Figure, RefusesUnknownSwitchesAndChoicesAndNamesTheKnownOnes) {
  const Figure figure = switched_figure();
  EXPECT_THAT(user_error([&] { parse_choices(figure, {"size=exact"}); }),
              AllOf(HasSubstr("'size'"), HasSubstr("bytes, accuracy")));
  EXPECT_THAT(user_error([&] { parse_choices(figure, {"bytes=none"}); }),
              AllOf(HasSubstr("'none'"), HasSubstr("measured, exact, published")));
  EXPECT_THAT(user_error([&] { parse_choices(figure, {"exact"}); }), HasSubstr("NAME=CHOICE"));
  EXPECT_THAT(user_error([] { parse_choices(shared_figure(), {"bytes=exact"}); }), HasSubstr("no switches"));
}

TEST(Figure, OneStateHasItsPointsAndItsTitlesAndNoSwitches) {
  const Figure figure = switched_figure();
  for (const auto& choice : all_choices(figure)) {
    const std::size_t state = state_of(figure, choice);
    const Figure chosen = in_state(figure, choice);
    EXPECT_TRUE(chosen.switches.empty());
    EXPECT_NO_THROW(check_figure(chosen));
    EXPECT_EQ(chosen.panels[1].x.title, "memory, MiB, " + figure.switches[0].choices[choice[0]]);
    EXPECT_EQ(chosen.panels[1].y.title, figure.switches[1].choices[choice[1]] + " accuracy, %");
    EXPECT_EQ(chosen.panels[0].series[0].states.at(0).at(0).y, 10.0 * static_cast<double>(state + 1));
  }
}

TEST(Figure, OneListOfPointsHoldsForEveryState) {
  Figure figure = switched_figure();
  figure.panels[0].series[0].states.resize(1);
  EXPECT_NO_THROW(check_figure(figure));
  for (std::size_t state = 0; state < state_count(figure); ++state)
    EXPECT_EQ(points_of(figure.panels[0].series[0], state)[0].y, 10);
}

TEST(Figure, IsEmptyWithoutAnyPointOrCell) {
  EXPECT_TRUE(is_empty(Figure{"none"}));
  Figure figure = shared_figure();
  EXPECT_FALSE(is_empty(figure));
  for (Panel& panel : figure.panels) {
    for (Series& series : panel.series) series.states = {{}};
    panel.lines = {{10, "a line alone is no data"}};
  }
  EXPECT_TRUE(is_empty(figure));
  figure = heat_map_figure();
  EXPECT_FALSE(is_empty(figure));
  for (auto& row : figure.panels[0].heat_map->values) row.assign(row.size(), std::nullopt);
  EXPECT_TRUE(is_empty(figure));
}

TEST(Figure, ADescriptionThatContradictsItselfIsNamed) {
  for (const Figure& figure : example_figures()) EXPECT_NO_THROW(check_figure(figure)) << figure.name;
  const auto expect_refused = [](const char* what, Figure figure, void (*spoil)(Figure&)) {
    spoil(figure);
    try {
      check_figure(figure);
      ADD_FAILURE() << what << " was accepted";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("figure " + figure.name)) << what;
    }
  };
  expect_refused("no column", switched_figure(), [](Figure& f) { f.columns = 0; });
  expect_refused("too few states", switched_figure(),
                 [](Figure& f) { f.panels[1].series[2].states.resize(5); });
  expect_refused("no state", shared_figure(), [](Figure& f) { f.panels[0].series[0].states.clear(); });
  expect_refused("a switch twice", switched_figure(), [](Figure& f) { f.switches[1].name = "bytes"; });
  expect_refused("no choices", switched_figure(), [](Figure& f) { f.switches[0].choices.clear(); });
  expect_refused("a ragged matrix", heat_map_figure(),
                 [](Figure& f) { f.panels[0].heat_map->values[1].pop_back(); });
  expect_refused("a row too few", heat_map_figure(),
                 [](Figure& f) { f.panels[0].heat_map->values.pop_back(); });
}

}  // namespace
}  // namespace packrat
