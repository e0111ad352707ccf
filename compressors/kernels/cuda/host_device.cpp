// Runs what the threads of a GPU do on the processor.
#include <chrono>
#include <cstring>
#include <new>

#include "compressors/kernels/cuda/device.h"
#include "compressors/kernels/cuda/with_kernel.h"
#include "engine/core/error.h"

namespace packrat::kernels::cuda {
namespace {

constexpr std::align_val_t kAlignment{256};

class HostDevice final : public Device {
 public:
  explicit HostDevice(Order order) : order_(order) {}

  std::string name() const override {
    return order_ == Order::kForwards ? "the processor" : "the processor, backwards";
  }
  void* allocate(std::int64_t bytes) override {
    if (void* const memory = ::operator new(static_cast<std::size_t>(bytes), kAlignment, std::nothrow))
      return memory;
    throw UserError("no memory for " + std::to_string(bytes) + " bytes");
  }
  void release(void* memory) override { ::operator delete(memory, kAlignment); }
  void copy_in(void* to, const void* from, std::int64_t bytes) override { copy(to, from, bytes); }
  void copy_out(void* to, const void* from, std::int64_t bytes) override { copy(to, from, bytes); }
  void clear(void* memory, std::int64_t bytes) override {
    std::memset(memory, 0, static_cast<std::size_t>(bytes));
  }
  void copy_within(void* to, const void* from, std::int64_t bytes) override { copy(to, from, bytes); }

  void decode(const EntryForm& form, const Entries& entries, float* out) override {
    with_decoder(form, entries, out, [this](const auto& kernel, Grid grid) { run(kernel, grid); });
  }
  void encode(const EntryForm& form, const float* rows, const Entries& entries,
              std::uint8_t* refused) override {
    with_encoder(form, rows, entries, refused, [this](const auto& kernel, Grid grid) { run(kernel, grid); });
  }
  void wait() override {}

  double seconds_of(const std::function<void()>& work) override {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

 private:
  static void copy(void* to, const void* from, std::int64_t bytes) {
    if (bytes > 0) std::memmove(to, from, static_cast<std::size_t>(bytes));
  }

  std::int64_t at(std::int64_t i, std::int64_t count) const {
    return order_ == Order::kForwards ? i : count - 1 - i;
  }

  template <class Kernel>
  void run(const Kernel& kernel, Grid grid) const {
    for (std::int64_t b = 0; b < grid.entries * grid.pieces; ++b) {
      const std::int64_t block = at(b, grid.entries * grid.pieces);
      typename Kernel::Shared shared;
      std::memset(static_cast<void*>(&shared), 0xa5, sizeof shared);  // as unknown as a GPU's
      for (int phase = 0; phase < Kernel::kPhases; ++phase)
        for (int t = 0; t < kThreads; ++t)
          kernel.run(phase,
                     {block / grid.pieces, static_cast<int>(block % grid.pieces), grid.pieces,
                      static_cast<int>(at(t, kThreads))},
                     shared);
    }
  }

  Order order_;
};

}  // namespace

std::unique_ptr<Device> host_device(Order order) {
  return std::make_unique<HostDevice>(order);
}

}  // namespace packrat::kernels::cuda
