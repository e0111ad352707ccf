#pragma once
#include <cstdint>
#include <vector>

#include "engine/buffer/label_view.h"
#include "engine/core/bytes.h"

namespace packrat {

/// How many entries of every class are held, and in which order classes were first seen: all that the
/// samplers need beside the labels. A class stays "seen" when its last entry is evicted. Six bytes a class,
/// none per entry.
class ClassCounts {
 public:
  static constexpr int kMaxClasses = 65536;

  /// UserError unless 1 <= classes <= 65536.
  explicit ClassCounts(int classes);

  int classes() const { return static_cast<int>(held_.size()); }
  int seen() const { return seen_; }
  bool has_seen(int label) const { return held_[index(label)] != kNeverSeen; }
  std::int64_t held(int label) const { return has_seen(label) ? held_[index(label)] : 0; }
  /// Entries held in all classes together.
  std::int64_t total() const { return total_; }

  void add(int label);     ///< one more entry; the first one makes the class seen
  void remove(int label);  ///< one entry less; std::logic_error when the class holds none

  /// The class that holds most once one more entry of class `incoming` is counted; of several, the one seen
  /// first (a class that `incoming` would be the first to show counts as seen last). O(classes seen).
  int largest_with(int incoming) const;

  /// Counts again, from the labels held; classes seen for the first time come last. CorruptEntry for a label
  /// that is no class.
  void recount(const LabelView& labels);

  /// Bytes of memory: four for every count, two for every place in the order.
  std::int64_t bytes() const { return bytes_for(classes()); }
  static std::int64_t bytes_for(int classes) { return std::int64_t{6} * classes; }
  /// That memory, little-endian: counts (int32, -1 for never seen), then classes in order of first sight
  /// (uint16, zeros after).
  std::vector<std::uint8_t> image() const;
  /// Reads image(). CorruptEntry when the counts and the order contradict each other.
  static ClassCounts from_image(int classes, ByteReader& reader);

 private:
  static constexpr std::int32_t kNeverSeen = -1;
  static std::size_t index(int label) { return static_cast<std::size_t>(label); }

  std::vector<std::int32_t> held_;
  std::vector<std::uint16_t> order_;
  int seen_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace packrat
