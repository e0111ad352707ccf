#pragma once
#include <memory>
#include <vector>

#include "compressors/device_form.h"
#include "engine/buffer/slab_storage.h"

namespace packrat {

/// A slab in the memory of a device, which decodes entries where they lie. Labels and what else stands beside
/// an entry are in this process. It is charged like a slab in memory, and is the same bytes in a file. What a
/// batch needs (its slots, a table of levels, rows on their way to this process) is working memory and not
/// charged, as that of decoding in this process is not.
class DeviceSlab final : public SlabStorage {
 public:
  /// UserError when the device has not that much memory.
  DeviceSlab(const std::shared_ptr<kernels::cuda::Device>& device, const DeviceForm& form,
             std::int64_t entry_bytes, std::int64_t slots, const Beside& beside);
  ~DeviceSlab() override;

  void decode(const Codec& codec, const std::vector<std::int64_t>& slots, Rows out) const override;
  bool is_on_device() const override { return true; }
  void decode_there(const std::vector<std::int64_t>& slots, float* out) const override;

 private:
  class Working;

  std::shared_ptr<kernels::cuda::Device> device_;
  kernels::cuda::EntryForm form_;
  std::unique_ptr<Working> table_, slots_there_, rows_there_;
};

}  // namespace packrat
