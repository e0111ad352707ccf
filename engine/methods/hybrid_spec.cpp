#include "engine/methods/hybrid_spec.h"

#include <fmt/format.h>

#include "compressors/spec_text.h"
#include "compressors/stage_factory.h"
#include "engine/core/error.h"
#include "engine/methods/method_factory.h"
#include "engine/methods/method_table.h"

namespace packrat {
namespace {

constexpr std::string_view kReplayHalf = "+replay";

/// What stands in front of "+replay", and behind it.
struct Halves {
  std::string_view head, replay;
};

Halves halves_of(std::string_view spec) {
  const auto colon = spec.find(':'), plus = spec.rfind(kReplayHalf);
  const std::string_view behind =
      plus == std::string_view::npos ? "?" : spec.substr(plus + kReplayHalf.size());
  if (colon == std::string_view::npos || plus == std::string_view::npos || plus < colon ||
      (!behind.empty() && behind.front() != ':'))
    throw UserError(
        fmt::format("method '{}' is no hybrid: write {}:HEAD+replay, HEAD a method without entries, such as "
                    "{}:slda+replay",
                    spec, kHybridMethod, kHybridMethod));
  return {spec.substr(colon + 1, plus - colon - 1), behind};
}

void check_head(const std::string& head) {
  check_method(head);
  if (keeps_entries(head))
    throw UserError(fmt::format(
        "the head of a hybrid is '{}', which keeps entries itself: choose one that does not", head));
}

}  // namespace

std::string HybridSpec::text() const {
  std::string text = fmt::format("{}:{}{}", kHybridMethod, head, kReplayHalf);
  if (prior) text += ":combine=prior";
  if (weight) text += fmt::format(":weight={}", *weight);
  return text;
}

std::optional<HybridSpec> parse_hybrid(std::string_view spec) {
  if (parse_spec(spec).front().name != kHybridMethod) return std::nullopt;
  const Halves halves = halves_of(spec);
  HybridSpec hybrid;
  hybrid.head = halves.head;
  check_head(hybrid.head);
  const StageOptions options = filled_options(
      "method", fmt::format("method '{}'", spec), "'replay' takes combine=average|prior, weight=auto|0..1",
      {{"combine", "average"}, {"weight", "auto"}},
      parse_spec(std::string("replay") + std::string(halves.replay)).front());
  hybrid.prior = options.choice("combine", {"average", "prior"}) == "prior";
  if (options.text("weight") != "auto") hybrid.weight = share_of(options, "weight", ", or auto");
  if (hybrid.prior && hybrid.weight)
    throw UserError(
        fmt::format("method '{}': weight belongs to combine=average, but a prior's scale is learned: leave "
                    "one of them out",
                    spec));
  return hybrid;
}

}  // namespace packrat
