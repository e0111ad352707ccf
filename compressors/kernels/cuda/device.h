#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "compressors/kernels/cuda/entry_form.h"
#include "compressors/kernels/cuda/grid.h"

namespace packrat::kernels::cuda {

/// A device that holds entries and decodes them where they lie. Pointers are the device's own; calls are made
/// in order, on one stream. What decode() and encode() give are the bits of the processor's kernels.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  /// "NVIDIA H200, compute capability 9.0, CUDA 13.2".
  virtual std::string name() const = 0;

  /// Beginning at a multiple of 256 bytes. UserError when the device has not that much memory.
  virtual void* allocate(std::int64_t bytes) = 0;
  virtual void release(void* memory) = 0;
  /// Both return when the copy is done.
  virtual void copy_in(void* to, const void* from_host, std::int64_t bytes) = 0;
  virtual void copy_out(void* to_host, const void* from, std::int64_t bytes) = 0;
  /// Zeros.
  virtual void clear(void* memory, std::int64_t bytes) = 0;
  /// Like what follows, it returns before it is done.
  virtual void copy_within(void* to, const void* from, std::int64_t bytes) = 0;

  /// out: [entries.count, form.n]. Entries must be such as encoders make, which is checked where they come
  /// from; others give other values, and nothing outside of an entry and its row is touched but the bytes
  /// that share its first word. Errors of launching it are Errors of one line.
  virtual void decode(const EntryForm& form, const Entries& entries, float* out) = 0;
  /// rows: [entries.count, form.n]; refused: [entries.count] bytes, see encode_codes.h. Slots must differ.
  virtual void encode(const EntryForm& form, const float* rows, const Entries& entries,
                      std::uint8_t* refused) = 0;
  /// Until all is done. Error when something failed meanwhile.
  virtual void wait() = 0;

  /// Seconds that the device takes for what `work` calls.
  virtual double seconds_of(const std::function<void()>& work) = 0;
};

/// The processor, which runs what the threads of a GPU do, one after the other: for tests. Backwards: the
/// last thread first, which gives the same bits where threads do not depend on each other within a phase.
enum class Order { kForwards, kBackwards };
std::unique_ptr<Device> host_device(Order order = Order::kForwards);

/// GPU number `index`; work goes to `stream` (a cudaStream_t; nullptr: the default one). UserError when there
/// is none, or no driver for it.
std::unique_ptr<Device> gpu_device(int index = 0, void* stream = nullptr);

/// Why gpu_device(0) would throw; empty when there is a GPU.
std::string why_no_gpu();

}  // namespace packrat::kernels::cuda
