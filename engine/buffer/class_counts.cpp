#include "engine/buffer/class_counts.h"

#include <fmt/format.h>

namespace packrat {
namespace {

std::size_t checked_classes(int classes) {
  if (classes < 1 || classes > ClassCounts::kMaxClasses)
    throw UserError(fmt::format("{} classes do not fit in a buffer: give between 1 and {}", classes,
                                ClassCounts::kMaxClasses));
  return static_cast<std::size_t>(classes);
}

}  // namespace

ClassCounts::ClassCounts(int classes)
    : held_(checked_classes(classes), kNeverSeen), order_(held_.size(), 0) {}

void ClassCounts::add(int label) {
  auto& held = held_[index(label)];
  if (held == kNeverSeen) {
    order_[static_cast<std::size_t>(seen_++)] = static_cast<std::uint16_t>(label);
    held = 0;
  }
  ++held;
  ++total_;
}

void ClassCounts::remove(int label) {
  if (held(label) == 0) throw std::logic_error(fmt::format("class {} holds no entry to remove", label));
  --held_[index(label)];
  --total_;
}

int ClassCounts::largest_with(int incoming) const {
  int best = incoming;
  std::int64_t most = 0;
  for (int i = 0; i < seen_; ++i) {
    const int label = order_[static_cast<std::size_t>(i)];
    const std::int64_t count = held_[index(label)] + (label == incoming ? 1 : 0);
    if (count > most) {
      most = count;
      best = label;
    }
  }
  return best;
}

void ClassCounts::recount(const LabelView& labels) {
  for (std::int32_t& held : held_)
    if (held != kNeverSeen) held = 0;
  total_ = 0;
  for (std::int64_t slot = 0; slot < labels.size; ++slot) {
    if (labels[slot] >= classes())
      throw CorruptEntry(fmt::format("slot {} has label {}", slot, labels[slot]));
    add(labels[slot]);
  }
}

std::vector<std::uint8_t> ClassCounts::image() const {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  out.bytes(held_.data(), held_.size() * sizeof held_[0]);
  out.bytes(order_.data(), order_.size() * sizeof order_[0]);
  return bytes;
}

ClassCounts ClassCounts::from_image(int classes, ByteReader& reader) {
  ClassCounts counts(classes);
  for (auto& held : counts.held_) {
    held = reader.value<std::int32_t>();
    if (held < kNeverSeen) throw CorruptEntry(fmt::format("a class holds {} entries", held));
    counts.seen_ += held != kNeverSeen;
    counts.total_ += held == kNeverSeen ? 0 : held;
  }
  for (auto& label : counts.order_) label = reader.value<std::uint16_t>();
  std::vector<bool> listed(counts.held_.size(), false);
  for (int i = 0; i < classes; ++i) {
    const int label = counts.order_[index(i)];
    const bool listed_once = label < classes && counts.has_seen(label) && !listed[index(label)];
    if (i < counts.seen_ ? !listed_once : label != 0)
      throw CorruptEntry("the order in which classes were seen contradicts their counts");
    if (i < counts.seen_) listed[index(label)] = true;
  }
  return counts;
}

}  // namespace packrat
