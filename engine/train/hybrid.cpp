#include "engine/train/hybrid.h"

#include <fmt/format.h>

#include <utility>

#include "compressors/codec.h"
#include "compressors/distortion.h"
#include "engine/train/evaluation.h"

namespace packrat {
namespace {

constexpr double kHeldOut = 0.1;

}  // namespace

Hybrid::Hybrid(HybridSpec spec, std::unique_ptr<Method> closed, std::unique_ptr<Gdumb> replay,
               bool round_trip)
    : spec_(std::move(spec)),
      closed_(std::move(closed)),
      replay_(std::move(replay)),
      round_trip_(round_trip) {
  spec_.head = closed_->spec();
}

LearnerOptions Hybrid::head_options(const HybridSpec& spec, const Method& closed, LearnerOptions options) {
  options.head.prior = spec.prior;
  if (spec.prior)
    options.prior = [&closed](ConstRows rows, float* out) { closed.scores(rows, out); };
  else if (!spec.weight)
    options.held_out = kHeldOut;
  return options;
}

void Hybrid::observe(ConstRows rows, const std::vector<int>& labels) {
  closed_->observe(rows, labels);
  replay_->observe(rows, labels);
}

void Hybrid::end_of_task() {
  closed_->end_of_task();
  replay_->end_of_task();
}

void Hybrid::fit(std::int64_t task, const AfterPass& after_pass) {
  closed_->fit(task, {});
  replay_->fit(task, [&](std::int64_t pass, double mean_loss) {
    choose_mixture();
    if (after_pass) after_pass(pass, mean_loss);
  });
  choose_mixture();  // after a stop behind the last pass, no pass was left
}

void Hybrid::choose_mixture() {
  if (spec_.prior) {
    mixture_ = {1, replay_->learner().head().prior_scale()};
    return;
  }
  if (spec_.weight) {
    mixture_ = {1 - *spec_.weight, *spec_.weight};
    return;
  }
  const ReplayBuffer& buffer = replay_->buffer();
  const std::vector<std::int64_t> slots = replay_->learner().split(buffer.size()).held_out;
  const auto count = static_cast<std::int64_t>(slots.size());
  const std::int64_t width = buffer.codec().domain().values();
  std::vector<float> rows(static_cast<std::size_t>(count * width));
  buffer.decode(slots, {rows.data(), count, width});
  std::vector<int> labels;
  for (const std::int64_t slot : slots) labels.push_back(buffer.label(slot));
  std::vector<float> head(static_cast<std::size_t>(count * buffer.classes())), closed(head.size());
  const ConstRows held_out(rows.data(), count, width);
  replay_->scores(held_out, head.data());
  closed_->scores(held_out, closed.data());
  mixture_ = fit_mixture(std::move(head), std::move(closed), labels, buffer.classes());
  held_out_ = count;
}

void Hybrid::scores(ConstRows rows, float* out) const {
  ScoreFn head = [this](ConstRows r, float* o) { replay_->scores(r, o); };
  if (round_trip_) head = after_round_trip(std::move(head), replay_->buffer().codec());
  mixed_scores(
      std::move(head), [this](ConstRows r, float* o) { closed_->scores(r, o); }, mixture_,
      replay_->buffer().classes())(rows, out);
}

std::vector<StateItem> Hybrid::kept() const {
  std::vector<StateItem> items = closed_->kept(), entries = replay_->kept();
  items.insert(items.end(), entries.begin(), entries.end());
  return items;
}

std::vector<std::uint8_t> Hybrid::state() const {
  std::vector<std::uint8_t> bytes = closed_->state(), entries = replay_->state();
  bytes.insert(bytes.end(), entries.begin(), entries.end());
  return bytes;
}

void Hybrid::restore(ByteView state) {
  const auto closed = static_cast<std::size_t>(kept_bytes(*closed_));
  if (state.size < closed)
    throw CorruptEntry(
        fmt::format("a state of {} takes more than {} bytes, but there are {}", spec(), closed, state.size));
  const std::vector<std::uint8_t> before = closed_->state();
  closed_->restore({state.data, closed});
  try {
    replay_->restore({state.data + closed, state.size - closed});
  } catch (...) {
    closed_->restore({before.data(), before.size()});
    throw;
  }
}

std::string Hybrid::note() const {
  const std::string its = closed_->note();
  const std::string how = spec_.prior    ? "scale learned in training"
                          : spec_.weight ? "as given"
                                         : fmt::format("by {} held-out entries", held_out_);
  return fmt::format("{:.3g} of the head and {:.3g} of {}, {}{}{}", mixture_.head, mixture_.closed,
                     spec_.head, how, its.empty() ? "" : "; ", its);
}

ScoreFn after_round_trip(ScoreFn score, const Codec& codec) {
  return [score = std::move(score), &codec](ConstRows rows, float* out) {
    std::vector<float> values(static_cast<std::size_t>(rows.count * rows.width));
    round_trip(codec, rows, {values.data(), rows.count, rows.width});
    score({values.data(), rows.count, rows.width}, out);
  };
}

}  // namespace packrat
