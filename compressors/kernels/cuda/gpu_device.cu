// Launches the kernels on a GPU.
#include <cuda_runtime.h>

#include "compressors/kernels/cuda/device.h"
#include "compressors/kernels/cuda/with_kernel.h"
#include "engine/core/error.h"

namespace packrat::kernels::cuda {
namespace {

template <class Kernel>
__global__ void __launch_bounds__(kThreads) run_kernel(const Kernel kernel) {
  __shared__ typename Kernel::Shared shared;
  const Thread thread{blockIdx.x, static_cast<int>(blockIdx.y), static_cast<int>(gridDim.y),
                      static_cast<int>(threadIdx.x)};
#pragma unroll
  for (int phase = 0; phase < Kernel::kPhases; ++phase) {
    if (phase > 0) __syncthreads();
    kernel.run(phase, thread, shared);
  }
}

// "CUDA: launching a kernel: an illegal memory access was encountered".
void check(const char* what, cudaError_t code) {
  if (code != cudaSuccess) throw Error(std::string("CUDA: ") + what + ": " + cudaGetErrorString(code));
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

class GpuDevice final : public Device {
 public:
  GpuDevice(int index, cudaStream_t stream) : index_(index), stream_(stream) { choose(); }

  std::string name() const override {
    cudaDeviceProp properties{};
    int driver = 0;
    check("properties", cudaGetDeviceProperties(&properties, index_));
    check("version of the driver", cudaDriverGetVersion(&driver));
    return std::string(properties.name) + ", compute capability " + std::to_string(properties.major) + "." +
           std::to_string(properties.minor) + ", CUDA " + version_text(CUDART_VERSION) + ", driver for " +
           version_text(driver);
  }

  void* allocate(std::int64_t bytes) override {
    choose();
    void* memory = nullptr;
    const cudaError_t code = cudaMalloc(&memory, static_cast<std::size_t>(bytes));
    if (code == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // or the next launch would report it
      throw UserError("no memory for " + std::to_string(bytes) + " bytes on " + name() +
                      ": lower the budget, or free memory of the GPU");
    }
    check("memory", code);
    return memory;
  }
  void release(void* memory) override { cudaFree(memory); }

  void copy_in(void* to, const void* from, std::int64_t bytes) override {
    copy(to, from, bytes, cudaMemcpyHostToDevice);
    wait();
  }
  void copy_out(void* to, const void* from, std::int64_t bytes) override {
    copy(to, from, bytes, cudaMemcpyDeviceToHost);
    wait();
  }
  void clear(void* memory, std::int64_t bytes) override {
    choose();
    check("clearing", cudaMemsetAsync(memory, 0, static_cast<std::size_t>(bytes), stream_));
  }
  void copy_within(void* to, const void* from, std::int64_t bytes) override {
    copy(to, from, bytes, cudaMemcpyDeviceToDevice);
  }

  void decode(const EntryForm& form, const Entries& entries, float* out) override {
    with_decoder(form, entries, out, [this](const auto& kernel, Grid grid) { launch(kernel, grid); });
  }
  void encode(const EntryForm& form, const float* rows, const Entries& entries,
              std::uint8_t* refused) override {
    with_encoder(form, rows, entries, refused,
                 [this](const auto& kernel, Grid grid) { launch(kernel, grid); });
  }
  void wait() override {
    choose();
    check("kernels", cudaStreamSynchronize(stream_));
  }

  double seconds_of(const std::function<void()>& work) override {
    choose();
    const Event begin, end;
    check("events", cudaEventRecord(begin.event, stream_));
    work();
    check("events", cudaEventRecord(end.event, stream_));
    check("events", cudaEventSynchronize(end.event));
    float milliseconds = 0;
    check("events", cudaEventElapsedTime(&milliseconds, begin.event, end.event));
    return milliseconds / 1e3;
  }

 private:
  struct Event {
    Event() { check("events", cudaEventCreate(&event)); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { cudaEventDestroy(event); }
    cudaEvent_t event = nullptr;
  };

  // Which GPU calls go to is a state of the calling thread.
  void choose() const { check("choosing a GPU", cudaSetDevice(index_)); }

  void copy(void* to, const void* from, std::int64_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return;
    choose();
    check("copying", cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), kind, stream_));
  }

  template <class Kernel>
  void launch(const Kernel& kernel, Grid grid) {
    if (grid.entries == 0) return;
    choose();
    const dim3 blocks(static_cast<unsigned>(grid.entries), static_cast<unsigned>(grid.pieces));
    run_kernel<<<blocks, kThreads, 0, stream_>>>(kernel);
    check("launching a kernel", cudaGetLastError());
  }

  int index_;
  cudaStream_t stream_;
};

}  // namespace

std::string why_no_gpu() {
  int driver = 0, count = 0;
  check("version of the driver", cudaDriverGetVersion(&driver));
  if (driver == 0) return "no GPU: there is no NVIDIA driver (libcuda.so.1)";
  const cudaError_t code = cudaGetDeviceCount(&count);
  if (code == cudaErrorInsufficientDriver)
    return "no GPU: the driver is for CUDA " + version_text(driver) + ", the kernels for " +
           version_text(CUDART_VERSION) + "; install a newer driver";
  if (code != cudaSuccess) return std::string("no GPU: ") + cudaGetErrorString(code);
  return count > 0 ? "" : "no GPU is visible: CUDA_VISIBLE_DEVICES may hide it";
}

std::unique_ptr<Device> gpu_device(int index, void* stream) {
  const std::string reason = why_no_gpu();
  if (!reason.empty()) throw UserError(reason);
  return std::make_unique<GpuDevice>(index, static_cast<cudaStream_t>(stream));
}

}  // namespace packrat::kernels::cuda
