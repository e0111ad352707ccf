#include "engine/experiment/ingest_stream.h"

#include <algorithm>

#include "compressors/codec.h"
#include "engine/core/error.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace {

constexpr std::int64_t kChunkRows = 2048, kChunkValues = std::int64_t{1} << 21;  // 8 MiB of them

/// More would leave the caches, and be mapped anew for each chunk.
std::int64_t chunk_rows(std::int64_t width) {
  return std::clamp<std::int64_t>(kChunkValues / width, 1, kChunkRows);
}

std::vector<int> positions_of(const StreamImages& images, const std::vector<std::int64_t>& chunk) {
  std::vector<int> positions;
  positions.reserve(chunk.size());
  for (const std::int64_t image : chunk)
    positions.push_back(images.stream.position_of_label[images.labels[static_cast<std::size_t>(image)]]);
  return positions;
}

}  // namespace

void stream_rows(const StreamImages& images, std::int64_t begin, std::int64_t end, std::int64_t width,
                 const TakeRows& take, const ProgressFn& progress) {
  const std::vector<std::int64_t>& order = images.stream.order;
  std::vector<float> values;
  while (begin < end) {
    if (stop_requested())
      throw Interrupted("stopped while the stream was ingested: the same command starts it again");
    const std::int64_t next = std::min(begin + chunk_rows(width), end);
    const std::vector<std::int64_t> chunk(order.begin() + begin, order.begin() + next);
    values.resize(chunk.size() * static_cast<std::size_t>(width));
    const Rows rows{values.data(), next - begin, width};
    images.rows.gather(chunk, rows);
    take(rows, positions_of(images, chunk), begin);
    begin = next;
    if (progress) progress("ingest", begin, static_cast<std::int64_t>(order.size()));
  }
}

void ingest_stream(const StreamImages& images, std::int64_t begin, std::int64_t end,
                   const std::vector<ReplayBuffer*>& buffers, const Rng& rng, const ProgressFn& progress) {
  const auto take = [&](ConstRows rows, const std::vector<int>& labels, std::int64_t position) {
    for (ReplayBuffer* buffer : buffers) buffer->ingest(rows, labels, position, rng);
  };
  stream_rows(images, begin, end, buffers.at(0)->codec().domain().values(), take, progress);
}

}  // namespace packrat
