#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat::kernels::cuda {
class Device;
}

namespace packrat {

/// The bytes of a slab, in this process or on a device. All are allocated at once and are 0.
class SlabMemory {
 public:
  SlabMemory() = default;
  SlabMemory(const SlabMemory&) = delete;
  SlabMemory& operator=(const SlabMemory&) = delete;
  virtual ~SlabMemory() = default;

  /// How many are allocated.
  virtual std::int64_t size() const = 0;
  /// Where they begin on a device, for its kernels; null in this process.
  virtual std::uint8_t* there() const { return nullptr; }
  /// In place; on a device a copy, valid until the next call.
  virtual ByteView read(std::int64_t begin, std::int64_t size) const = 0;
  virtual void write(std::int64_t begin, ByteView bytes) = 0;
  /// All of them; the view holds during the visit.
  virtual void visit(const std::function<void(ByteView)>& visit) const = 0;
};

/// UserError when the system, or the device, has not that much memory.
std::unique_ptr<SlabMemory> slab_here(std::int64_t slots, std::int64_t bytes_each);
std::unique_ptr<SlabMemory> slab_there(std::shared_ptr<kernels::cuda::Device> device, std::int64_t slots,
                                       std::int64_t bytes_each);

/// slots * bytes_each zeros; UserError when the system has not that much memory.
std::vector<std::uint8_t> allocate_slots(std::int64_t slots, std::int64_t bytes_each);

}  // namespace packrat
