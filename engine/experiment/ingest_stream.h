#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/buffer/replay_buffer.h"
#include "engine/core/progress.h"
#include "engine/core/rng.h"
#include "engine/data/task_stream.h"
#include "engine/features/row_source.h"

namespace packrat {

/// The images that a stream delivers. A view: what it refers to must outlive it.
struct StreamImages {
  const TaskStream& stream;
  const std::vector<std::uint16_t>& labels;  ///< of the training images, as in the data set's files
  const RowSource& rows;                     ///< of the training images
};

/// Takes in a chunk of the stream: rows [n, width], n labels, and the place of the first in the stream.
using TakeRows = std::function<void(ConstRows rows, const std::vector<int>& labels, std::int64_t position)>;

/// Hands images [begin, end) of the stream on in order of arrival, as rows of `width` values.
/// progress("ingest", images arrived, images of the stream). Interrupted when stop_requested(), with part of
/// them handed on.
void stream_rows(const StreamImages& images, std::int64_t begin, std::int64_t end, std::int64_t width,
                 const TakeRows& take, const ProgressFn& progress);

/// Offers images [begin, end) of the stream, in order of arrival, to every buffer. The image in place i draws
/// from rng.fork("offer", i) (ReplayBuffer::ingest()), so that a buffer ends up with the same bytes whatever
/// other buffers are filled beside it. All codecs must take the same rows. Otherwise as stream_rows().
void ingest_stream(const StreamImages& images, std::int64_t begin, std::int64_t end,
                   const std::vector<ReplayBuffer*>& buffers, const Rng& rng, const ProgressFn& progress);

}  // namespace packrat
