#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/experiment/buffer_bytes.h"
#include "engine/studies/audit/audit_settings.h"

namespace packrat {

/// A replay buffer that was filled from the real images of a data set, and what it takes.
struct AuditedBuffer {
  std::string dataset;         ///< "CIFAR10"
  std::string encoder;         ///< "none", "cutr", "cutr34"
  std::string encoding_block;  ///< "3"; empty without an encoder
  std::string setting;         ///< "quantization 4 local"
  std::int64_t slots = 0;
  std::string not_available;  ///< why there is no such buffer, one line; what follows is then empty

  std::string codec;         ///< canonical spec
  std::string learned_from;  ///< one line; empty for a codec that learned nothing
  std::int64_t classes = 0, held = 0;
  BufferBytes bytes;
  std::string
      disagreement;  ///< where measured bytes are not the exact formula's, one line; empty when they are
};

/// How an audit tells of itself. Both may be empty.
struct AuditHooks {
  ProgressFn progress;  ///< "audit", in images offered
  std::function<void(const AuditedBuffer&)> audited;
};

/// Fills buffers of each number of slots with the encoded training images of each setting, as `packrat run`
/// does with a seed of 0 and one class a task, counts what they take and compares it with the formulas, stage
/// by stage. Nothing is trained but codecs that must learn: those get one pass over a few hundred of the
/// images, as the bytes of entries of one size do not depend on what was learned. A codec that this version
/// refuses is "not available". UserError when a data set is missing, Interrupted when stop_requested(); the
/// buffers audited before have been handed on.
void audit_buffers(const std::vector<AuditSetting>& settings, const std::vector<std::int64_t>& slots,
                   const AuditHooks& hooks);

/// As disagreement() of engine/cost, and also between the parts of an entry.
std::string disagreement_of(const ReplayBuffer& buffer);

}  // namespace packrat
