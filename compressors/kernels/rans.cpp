#include "compressors/kernels/rans.h"

#include <algorithm>

namespace packrat::kernels {
namespace {

// A stream that is being decoded.
struct Lane {
  std::uint32_t state;
  const std::uint8_t* next;
  const std::uint8_t* end;
};

Lane begin(const RansStream& stream) {
  Lane lane{0, stream.bytes, stream.bytes + stream.size};
  for (int i = 0; i < kRansStateBytes && lane.next < lane.end; ++i)
    lane.state = lane.state << 8 | *lane.next++;
  if (lane.state < kRansLeast)
    lane = {0, lane.end, lane.end};  // no stream begins so: 0 stays 0, which is no good end
  return lane;
}

bool is_at_its_end(const Lane& lane) {
  return lane.state == kRansLeast && lane.next == lane.end;
}

// Takes a symbol off the state, which may be too small afterwards.
inline std::uint8_t take(const RansTable& table, std::uint32_t& state) {
  const std::uint32_t slot = state & ((std::uint32_t{1} << table.precision) - 1);
  const std::uint8_t symbol = table.symbol_at[slot];
  const RansSymbol& s = table.symbols[symbol];
  state = s.frequency * (state >> table.precision) + slot - s.start;
  return symbol;
}

// Appends bytes until the state is large enough, as long as there are any.
inline void refill(Lane& lane) {
  while (lane.state < kRansLeast && lane.next < lane.end) lane.state = lane.state << 8 | *lane.next++;
}

// The same without a branch, where two bytes are left. A state was at least kRansLeast before it gave a
// symbol, so it is at least 2 now, and two bytes are enough.
inline void refill_from_two(std::uint32_t& state, const std::uint8_t*& next) {
  const int bytes = (__builtin_clz(state) >> 3) - 1;
  const std::uint32_t two = std::uint32_t{next[0]} << 8 | next[1];
  state = state << (8 * bytes) | two >> (16 - 8 * bytes);
  next += bytes;
}

std::int64_t symbols_without_check(const Lane* lanes, std::int64_t left) {
  for (int l = 0; l < kRansLanes; ++l)
    left = std::min<std::int64_t>(left, (lanes[l].end - lanes[l].next) / 2);
  return left;
}

// Symbols [first, last) of kRansLanes streams, while every one has two bytes left for each.
void decode_together(const RansModel& model, Lane* lanes, const RansStream* streams, std::int64_t first,
                     std::int64_t last) {
  std::uint32_t state[kRansLanes];
  const std::uint8_t* next[kRansLanes];
  std::uint8_t* symbols[kRansLanes];
  for (int l = 0; l < kRansLanes; ++l) {
    state[l] = lanes[l].state;
    next[l] = lanes[l].next;
    symbols[l] = streams[l].symbols;
  }
  for (std::int64_t i = first; i < last; ++i) {
    const RansTable table = model.tables[model.table_of[i]];
    for (int l = 0; l < kRansLanes; ++l) {
      symbols[l][i] = take(table, state[l]);
      refill_from_two(state[l], next[l]);
    }
  }
  for (int l = 0; l < kRansLanes; ++l) lanes[l] = {state[l], next[l], lanes[l].end};
}

void decode_checked(const RansModel& model, Lane& lane, RansStream& stream, std::int64_t first) {
  for (std::int64_t i = first; i < model.symbols; ++i) {
    stream.symbols[i] = take(model.tables[model.table_of[i]], lane.state);
    refill(lane);
  }
  stream.good = is_at_its_end(lane);
}

void decode_lanes(const RansModel& model, RansStream* streams) {
  constexpr std::int64_t kWorthIt = 8;
  Lane lanes[kRansLanes];
  for (int l = 0; l < kRansLanes; ++l) lanes[l] = begin(streams[l]);
  std::int64_t done = 0;
  for (std::int64_t more; (more = symbols_without_check(lanes, model.symbols - done)) >= kWorthIt;
       done += more)
    decode_together(model, lanes, streams, done, done + more);
  for (int l = 0; l < kRansLanes; ++l) decode_checked(model, lanes[l], streams[l], done);
}

}  // namespace

std::int64_t rans_encode(const RansModel& model, const std::uint8_t* symbols, std::uint8_t* end) {
  std::uint8_t* at = end;
  std::uint32_t state = kRansLeast;
  for (std::int64_t i = model.symbols; i-- > 0;) {  // decoding takes off last what was put on first
    const RansTable& table = model.tables[model.table_of[i]];
    const RansSymbol s = table.symbols[symbols[i]];
    // With more, the state would leave its 24 bits.
    const std::uint32_t most = std::uint32_t{s.frequency} << (8 * kRansStateBytes - table.precision);
    for (; state >= most; state >>= 8) *--at = static_cast<std::uint8_t>(state);
    state = (state / s.frequency << table.precision) + state % s.frequency + s.start;
  }
  for (int i = 0; i < kRansStateBytes; ++i, state >>= 8) *--at = static_cast<std::uint8_t>(state);
  return end - at;
}

void rans_decode(const RansModel& model, RansStream* streams, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kRansLanes <= count; i += kRansLanes) decode_lanes(model, streams + i);
  reference::rans_decode(model, streams + i, count - i);
}

namespace reference {

void rans_decode(const RansModel& model, RansStream* streams, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    Lane lane = begin(streams[i]);
    decode_checked(model, lane, streams[i], 0);
  }
}

}  // namespace reference
}  // namespace packrat::kernels
