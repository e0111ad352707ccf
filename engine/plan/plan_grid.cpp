#include "engine/plan/plan_grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/plan/candidates.h"

namespace packrat {
namespace {

// Every closed form takes its part of one wide row, so that a data set is encoded once. Early blocks at low
// resolution pay more for their bytes than the deepest one. Of the state's precisions 8 bits cost least for
// what they give.
const std::string kPlanGrid = R"(encoder = "cutr34"
views = "flip"

[[grid]]  # closed forms
blocks = "1+2+2.5+3+3.5+4"
pool = "1x1+2x2+none+none+none+none"
method = [
  "ncm:blocks=3,pool=1x1", "ncm:blocks=2+3,pool=1x1",
  "slda:blocks=2,pool=1x1,precision=int8",
  "slda:blocks=3,pool=1x1,precision=int8",
  "slda:blocks=3,pool=1x1,random=25,precision=int8",
  "slda:blocks=2+3,pool=1x1,precision=int8",
  "slda:blocks=2+3,pool=1x1,random=36,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+1x1+1x1,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+1x1+1x1,random=145,precision=int8",
  "slda:blocks=2+3,pool=1x1+1x2,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+1x1+1x2,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+none+1x1,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+none+1x1,random=85,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+none+1x1,random=245,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+1x1+1x2,random=215,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+1x1+1x2,random=375,precision=int8",
  "slda:blocks=3,precision=int8",
  "slda:blocks=1+2+3+4,pool=1x1+1x1+1x2+none,random=340,precision=int8",
  "slda:blocks=1+2+3+4,pool=1x1+1x1+1x2+none,random=505,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+none+1x2,random=465,precision=int8",
  "slda:blocks=1+2+3,pool=1x1+none+1x2,random=635,precision=int8",
  "slda:blocks=1+2+3+4,pool=1x1+none+1x2+none,precision=int8",
  "slda:blocks=1+2+3+4,pool=1x1+none+1x2+none,random=675,precision=int8",
  "slda:blocks=1+2+3+4,pool=1x1+none+1x2+none,random=850,precision=int8",
  "slda:blocks=1+2+3+4,precision=int8",
  "slda:blocks=1+2+3+4,random=165,precision=int8",
  "slda:blocks=1+2+3+4,random=335,precision=int8",
  "slda:blocks=1+2+3+4,random=1190,precision=int8",
  "slda:blocks=1+2+3+4,random=1365,precision=int8",
  "slda:blocks=1+2+2.5+3+3.5,precision=int8",
  "ridge:blocks=1+2+3,pool=1x1+1x1+1x2",
  "qda:blocks=2+3,pool=1x1,precision=int8",
]

[[grid]]  # replay as published, on the maps behind block 3
method = "gdumb"
encoding_block = 3
backbone = "resnet"
num_passes = 32
codec = ["quantize:states=4,range=local,zero=exact|entropy", "quantize:states=4,range=local", "thin:factor=0.9"]

[[grid]]  # replay of rows of several blocks, for a perceptron
method = "gdumb"
blocks = "2+3+4"
pool = "1x1+none+none"
recipe = "fast"
codec = ["codebook:states=4|entropy", "codebook:states=16|entropy", "quantize:states=16,range=local,zero=exact|entropy"]

[[grid]]  # a closed form and replay of what it leaves of the budget
method = [
  "hybrid:slda:blocks=2+3,pool=1x1,precision=int8+replay",
  "hybrid:slda:blocks=2+3+4,pool=1x1+1x1+none,precision=int8+replay",
  "hybrid:slda:precision=int8+replay",
]
blocks = "2+3+4"
pool = "1x1+none+none"
recipe = "fast"
codec = ["codebook:states=4|entropy", "codebook:states=16|entropy"]
)";

// No codec here learns: it would have to be told on what (--fit_on).
const std::string kFeaturesGrid = R"([[grid]]  # closed forms
method = [
  "ncm", "slda:precision=int8", "slda:precision=bfloat16",
  "slda:random=128,precision=int8", "slda:random=512,precision=int8", "slda:random=1024,precision=int8",
  "ridge", "qda:precision=int8",
]

[[grid]]  # replay, for a perceptron
method = "gdumb"
recipe = "fast"
codec = ["quantize:states=4,range=local", "quantize:states=16,range=local"]

[[grid]]  # a closed form and replay of what it leaves of the budget
method = "hybrid:slda:precision=int8+replay"
recipe = "fast"
codec = ["quantize:states=4,range=local", "quantize:states=16,range=local"]
)";

struct SecondsUnit {
  const char* name;
  double seconds;
};
constexpr SecondsUnit kSecondsUnits[] = {{"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}};

}  // namespace

const std::string& plan_grid_text(bool for_features) {
  return for_features ? kFeaturesGrid : kPlanGrid;
}

std::vector<PlannedRun> only_methods(std::vector<PlannedRun> runs, const std::vector<std::string>& families) {
  if (families.empty()) return runs;
  std::set<std::string> there;
  for (const PlannedRun& run : runs) there.insert(method_family(run_config(run).method));
  for (const std::string& family : families)
    if (there.count(family) == 0)
      throw UserError(fmt::format("--methods names '{}', but there are {}", family, fmt::join(there, ", ")));
  runs.erase(std::remove_if(runs.begin(), runs.end(),
                            [&](const PlannedRun& run) {
                              return std::count(families.begin(), families.end(),
                                                method_family(run_config(run).method)) == 0;
                            }),
             runs.end());
  return runs;
}

double parse_seconds(const std::string& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  for (const SecondsUnit& unit : kSecondsUnits)
    if (text.substr(end) == unit.name && end > 0)
      return unit.seconds * option_number<double>("--time", text.substr(0, end), 0, 1e9);
  throw UserError(
      fmt::format("--time is '{}': give seconds, or a number with s, min or h, such as 10min", text));
}

}  // namespace packrat
