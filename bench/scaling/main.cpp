// Cost as the work grows, written as docs/results/scaling.md and its figure. `tools/scaling` calls it.
// usage: scaling PAGE.md PICTURE.svg [LARGEST]      LARGEST: of what grows, for a brief look
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <ostream>

#include "bench/scaling/page.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/parse_value.h"
#include "engine/report/gnuplot.h"
#include "engine/studies/roofline/machine/machine_profile.h"

namespace packrat::bench {
namespace {

constexpr double kTooLong = 30;  // seconds of a part; the next point of an axis is then left out

using Grow = std::function<void(Work& work, std::int64_t x)>;

Growth grown(const std::string& name, const std::vector<std::int64_t>& xs, std::int64_t largest,
             const Work& base, bool ingest_alone, const Grow& grow) {
  Growth growth{name, {}, {}};
  for (const std::int64_t x : xs) {
    if (x > largest) break;
    Work work = base;
    grow(work, x);
    growth.x.push_back(static_cast<double>(x));
    growth.costs.push_back(measure_work(work, ingest_alone));
    const std::vector<Cost>& costs = growth.costs.back().costs;
    std::string seconds;
    for (const Cost& cost : costs) seconds += fmt::format("  {} {:.4f}", cost.part, cost.seconds);
    fmt::print(stderr, "{} {}:{}\n", name, x, seconds);
    // What grew tenfold so far may do so with its square.
    if (growth.costs.size() > 1) {
      const double ratio = costs[0].seconds / growth.costs[growth.costs.size() - 2].costs[0].seconds;
      if (costs[0].seconds * ratio > kTooLong) break;
    }
  }
  return growth;
}

std::vector<Growth> all_axes(std::int64_t largest) {
  const std::vector<std::int64_t> slots{100, 1000, 10000, 100000, 1000000};
  const auto grow_slots = [](Work& work, std::int64_t x) {
    work.slots = x;
    work.classes = 10;
  };
  Work differing;
  differing.codec = "thin:factor=0.9,index=delta";
  return {
      grown("slots", slots, largest, {}, false, grow_slots),
      grown("slots, entries of differing size", slots, largest, differing, false, grow_slots),
      grown("values an entry", {64, 256, 1024, 4096, 16384, 65536}, largest, {}, false,
            [](Work& work, std::int64_t x) {
              work.values = x;
              work.classes = 10;
            }),
      grown("classes", {10, 100, 1000, 10000}, largest, {}, false,
            [](Work& work, std::int64_t x) { work.classes = static_cast<int>(x); }),
      grown("tasks", {1, 10, 100, 1000}, largest, {}, false,
            [](Work& work, std::int64_t x) { work.tasks = static_cast<int>(x); }),
  };
}

std::vector<Growth> all_samplers(std::int64_t largest) {
  std::vector<Growth> all;
  for (const char* const name :
       {"greedy_sampler", "reservoir", "class_balanced_reservoir", "ring", "herding"}) {
    Work base;
    base.sampler = name;
    base.values = 64;
    base.classes = 10;
    all.push_back(grown(name, {100, 1000, 10000, 100000, 1000000}, largest, base, true,
                        [](Work& work, std::int64_t x) { work.slots = x; }));
  }
  return all;
}

void write_report(const std::filesystem::path& page, const std::filesystem::path& picture,
                  std::int64_t largest) {
  const std::vector<Growth> axes = all_axes(largest), samplers = all_samplers(largest);
  write_paper_figure(scaling_figure(axes), {}, picture, {17.8});
  const std::string text = scaling_page(axes, samplers, cpu_name(), picture.filename().string());
  write_file_atomically(page, [&](std::ostream& out) { out << text; });
}

}  // namespace
}  // namespace packrat::bench

int main(int argc, char** argv) try {
  std::int64_t largest = 1000000;
  const bool right =
      argc == 3 ||
      (argc == 4 && packrat::read_number(argv[3], largest) == packrat::NumberText::kNumber && largest >= 100);
  if (!right) throw packrat::UserError("usage: scaling PAGE.md PICTURE.svg [LARGEST], LARGEST at least 100");
  packrat::bench::write_report(argv[1], argv[2], largest);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "scaling: {}\n", error.what());
  return 2;
}
