#include "engine/train/gdumb.h"

#include <utility>

#include "engine/buffer/buffer_file.h"
#include "engine/methods/method_table.h"
#include "engine/train/evaluation.h"

namespace packrat {

Gdumb::Gdumb(ReplayBuffer buffer, const LearnerOptions& options, std::int64_t passes, const Rng& rng)
    : buffer_(std::move(buffer)), options_(options), passes_(passes), rng_(rng) {}

std::string Gdumb::spec() const {
  return kReplayMethod;
}

void Gdumb::observe(ConstRows rows, const std::vector<int>& labels) {
  buffer_.ingest(rows, labels, observed_, rng_);
  observed_ += rows.count;
  const BufferDraws draws{0, observed_, 0};
  buffer_.keep_state({reinterpret_cast<const std::uint8_t*>(&draws), sizeof draws});
}

void Gdumb::fit(std::int64_t task, const AfterPass& after_pass) {
  learner_ = std::make_unique<Learner>(options_, rng_.fork("learner", static_cast<std::uint64_t>(task)));
  if (stopped_) learner_->restore(stopped_->learner, stopped_->position);
  stopped_.reset();
  learner_->head().train(false);
  while (learner_->position().pass < passes_) {
    const std::int64_t pass = learner_->position().pass;
    learner_->finish_pass(buffer_);
    learner_->head().train(false);
    if (after_pass) after_pass(pass, learner_->mean_loss());
  }
}

void Gdumb::resume_fit(StateDict learner, LearnerPosition position) {
  stopped_ = Stopped{std::move(learner), position};
}

void Gdumb::scores(ConstRows rows, float* out) const {
  head_scores(learner_->head(), options_.device, rows, out);
}

std::vector<StateItem> Gdumb::kept() const {
  const ByteLedger ledger = buffer_.ledger();
  std::vector<StateItem> items;
  for (const Item item : kItems)
    if (in_buffer(item)) items.push_back({std::string(item_name(item)), ledger.bytes(item)});
  return items;
}

std::int64_t Gdumb::head_bytes() const {
  return learner_->head().held_bytes();
}

std::vector<std::uint8_t> Gdumb::state() const {
  std::vector<std::uint8_t> bytes;
  buffer_.visit_memory(
      [&](ByteView piece) { bytes.insert(bytes.end(), piece.data, piece.data + piece.size); });
  return bytes;
}

void Gdumb::restore(ByteView state) {
  buffer_ = ReplayBuffer::from_memory(buffer_.shared_codec(), buffer_.classes(), buffer_.budget(),
                                      make_sampler(std::string(buffer_.sampler().name())), state, {},
                                      buffer_.device());
}

}  // namespace packrat
