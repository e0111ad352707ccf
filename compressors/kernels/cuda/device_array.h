#pragma once
#include <cstdint>
#include <vector>

#include "compressors/kernels/cuda/device.h"

namespace packrat::kernels::cuda {

/// Values in the memory of a device, which outlives them.
template <class T>
class DeviceArray {
 public:
  DeviceArray(Device& device, const std::vector<T>& values)
      : device_(device),
        bytes_(static_cast<std::int64_t>(values.size() * sizeof(T))),
        data_(static_cast<T*>(device.allocate(bytes_))) {
    device.copy_in(data_, values.data(), bytes_);
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { device_.release(data_); }

  T* data() const { return data_; }
  /// What it holds when all calls before are done.
  std::vector<T> values() const {
    device_.wait();
    std::vector<T> copied(static_cast<std::size_t>(bytes_) / sizeof(T));
    device_.copy_out(copied.data(), data_, bytes_);
    return copied;
  }

 private:
  Device& device_;
  std::int64_t bytes_;
  T* data_;
};

}  // namespace packrat::kernels::cuda
