#include "engine/buffer/device_slab.h"

#include <fmt/format.h>

#include <stdexcept>

#include "compressors/kernels/cuda/device.h"
#include "engine/buffer/slab_memory.h"

namespace packrat {

/// Memory on the device that grows when it has to.
class DeviceSlab::Working {
 public:
  explicit Working(kernels::cuda::Device& device) : device_(device) {}
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working() { device_.release(memory_); }

  /// What it held is lost when it grows.
  template <class T>
  T* of(std::size_t count) {
    const auto bytes = static_cast<std::int64_t>(count * sizeof(T));
    if (bytes > bytes_) {
      device_.wait();  // for those who still read it
      device_.release(memory_);
      memory_ = nullptr;
      bytes_ = 0;
      memory_ = device_.allocate(bytes);
      bytes_ = bytes;
    }
    return static_cast<T*>(memory_);
  }

 private:
  kernels::cuda::Device& device_;
  void* memory_ = nullptr;
  std::int64_t bytes_ = 0;
};

DeviceSlab::DeviceSlab(const std::shared_ptr<kernels::cuda::Device>& device, const DeviceForm& form,
                       std::int64_t entry_bytes, std::int64_t slots, const Beside& beside)
    : SlabStorage(entry_bytes, slots, beside, slab_there(device, slots, entry_bytes)),
      device_(device),
      form_(form.form),
      table_(std::make_unique<Working>(*device)),
      slots_there_(std::make_unique<Working>(*device)),
      rows_there_(std::make_unique<Working>(*device)) {
  if (kernels::cuda::entry_bytes(form_) != entry_bytes)
    throw std::logic_error(fmt::format("entries of {} bytes, whose form on a device has {}", entry_bytes,
                                       kernels::cuda::entry_bytes(form_)));
  if (form.table.empty()) return;
  auto* const table = table_->of<float>(form.table.size());
  device_->copy_in(table, form.table.data(), static_cast<std::int64_t>(form.table.size() * sizeof(float)));
  form_.table = table;
}

DeviceSlab::~DeviceSlab() = default;

void DeviceSlab::decode_there(const std::vector<std::int64_t>& slots, float* out) const {
  if (slots.empty()) return;
  auto* const there = slots_there_->of<std::int64_t>(slots.size());
  device_->copy_in(there, slots.data(), static_cast<std::int64_t>(slots.size() * sizeof(std::int64_t)));
  device_->decode(form_, {memory().there(), largest_entry(), there, static_cast<std::int64_t>(slots.size())},
                  out);
}

void DeviceSlab::decode(const Codec&, const std::vector<std::int64_t>& slots, Rows out) const {
  if (out.count != static_cast<std::int64_t>(slots.size()) || out.width != form_.n)
    throw std::logic_error(fmt::format("{} slots of {} values go to {} rows of {}", slots.size(), form_.n,
                                       out.count, out.width));
  auto* const rows = rows_there_->of<float>(slots.size() * static_cast<std::size_t>(form_.n));
  decode_there(slots, rows);
  device_->wait();
  device_->copy_out(out.data, rows, out.count * out.width * static_cast<std::int64_t>(sizeof(float)));
}

}  // namespace packrat
