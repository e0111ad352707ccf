#pragma once
#include <cstdint>
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

/// Offers images [begin, end) of the stream, in order of arrival, to every buffer. The image in place i draws
/// from rng.fork("offer", i) (ReplayBuffer::ingest()), so that a buffer ends up with the same bytes whatever
/// other buffers are filled beside it. All codecs must take the same rows. progress("ingest", images arrived,
/// images of the stream). Interrupted when stop_requested(), with the buffers filled in part.
void ingest_stream(const StreamImages& images, std::int64_t begin, std::int64_t end,
                   const std::vector<ReplayBuffer*>& buffers, const Rng& rng, const ProgressFn& progress);

}  // namespace packrat
