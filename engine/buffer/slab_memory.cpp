#include "engine/buffer/slab_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "compressors/kernels/cuda/device.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

class SlabHere final : public SlabMemory {
 public:
  explicit SlabHere(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(bytes_.capacity()); }
  ByteView read(std::int64_t begin, std::int64_t size) const override {
    return {bytes_.data() + begin, static_cast<std::size_t>(size)};
  }
  void write(std::int64_t begin, ByteView bytes) override {
    std::copy_n(bytes.data, bytes.size, bytes_.data() + begin);
  }
  void visit(const std::function<void(ByteView)>& visit) const override {
    visit({bytes_.data(), bytes_.size()});
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

class SlabThere final : public SlabMemory {
 public:
  SlabThere(std::shared_ptr<kernels::cuda::Device> device, std::int64_t size)
      : device_(std::move(device)), size_(size), bytes_(static_cast<std::uint8_t*>(device_->allocate(size))) {
    device_->clear(bytes_, size);
  }
  ~SlabThere() override { device_->release(bytes_); }

  std::int64_t size() const override { return size_; }
  std::uint8_t* there() const override { return bytes_; }
  ByteView read(std::int64_t begin, std::int64_t size) const override {
    copy_.resize(static_cast<std::size_t>(size));
    device_->copy_out(copy_.data(), bytes_ + begin, size);
    return {copy_.data(), copy_.size()};
  }
  void write(std::int64_t begin, ByteView bytes) override {
    device_->copy_in(bytes_ + begin, bytes.data, static_cast<std::int64_t>(bytes.size));
  }
  void visit(const std::function<void(ByteView)>& visit) const override {
    visit(read(0, size_));
    std::vector<std::uint8_t>().swap(copy_);  // as large as the slab
  }

 private:
  std::shared_ptr<kernels::cuda::Device> device_;
  std::int64_t size_;
  std::uint8_t* bytes_;
  mutable std::vector<std::uint8_t> copy_;  // what was read last
};

/// Whether their product is a number of bytes.
bool can_be_allocated(std::int64_t slots, std::int64_t bytes_each) {
  return slots <= std::numeric_limits<std::ptrdiff_t>::max() / bytes_each;
}

[[noreturn]] void refuse_slots(std::int64_t slots, std::int64_t bytes_each) {
  throw UserError(fmt::format("no memory for {} slots of {} bytes: lower the budget", slots, bytes_each));
}

}  // namespace

std::vector<std::uint8_t> allocate_slots(std::int64_t slots, std::int64_t bytes_each) {
  if (bytes_each == 0) return {};
  if (!can_be_allocated(slots, bytes_each)) refuse_slots(slots, bytes_each);
  try {
    return std::vector<std::uint8_t>(static_cast<std::size_t>(slots * bytes_each));
  } catch (const std::bad_alloc&) {
    refuse_slots(slots, bytes_each);
  }
}

std::unique_ptr<SlabMemory> slab_here(std::int64_t slots, std::int64_t bytes_each) {
  return std::make_unique<SlabHere>(allocate_slots(slots, bytes_each));
}

std::unique_ptr<SlabMemory> slab_there(std::shared_ptr<kernels::cuda::Device> device, std::int64_t slots,
                                       std::int64_t bytes_each) {
  if (!can_be_allocated(slots, bytes_each)) refuse_slots(slots, bytes_each);
  return std::make_unique<SlabThere>(std::move(device), slots * bytes_each);
}

}  // namespace packrat
