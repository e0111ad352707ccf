#pragma once
#include <ATen/record_function.h>

#include <memory>
#include <string_view>

namespace packrat {

/// A convolution that has begun and not yet ended: its inputs are gone by then.
struct RunningConvolution {
  bool running = false;
  std::int64_t products = 0;  ///< for one output
  bool bias = false;
};

/// Counts what LibTorch computes on this thread while it lives, operator by operator, from the tensors that
/// go in and come out. Of all images together.
class LiveCounter {
 public:
  struct Counts {
    std::int64_t convolution_macs = 0;  ///< as if padding were multiplied, too
    std::int64_t linear_macs = 0;
    std::int64_t bias_values = 0;  ///< outputs of convolutions with a bias
    std::int64_t norm_values = 0;  ///< inputs of batch norms
    std::int64_t strict() const { return convolution_macs + linear_macs; }
    std::int64_t thop() const { return strict() + bias_values + 2 * norm_values; }
  };

  LiveCounter() {
    counts() = {};
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&start, &end)
                                             .needsInputs(true)
                                             .needsOutputs(true)
                                             .scopes({at::RecordScope::FUNCTION}));
  }
  ~LiveCounter() { at::removeCallback(handle_); }
  LiveCounter(const LiveCounter&) = delete;
  LiveCounter& operator=(const LiveCounter&) = delete;

  static Counts& counts() {
    thread_local Counts counted;
    return counted;
  }

 private:
  // LibTorch's linear layers are matrix products. Some convolutions are too, further down: those are counted
  // as convolutions already.
  static std::unique_ptr<at::ObserverContext> start(const at::RecordFunction& call) {
    const std::string_view name = call.name();
    const auto tensor = [&](std::size_t i) { return call.inputs().at(i).toTensor(); };
    if (name == "aten::batch_norm") counts().norm_values += tensor(0).numel();
    if (name == "aten::conv2d")
      convolution_ = {true, tensor(1).numel() / tensor(1).size(0),
                      call.inputs()[2].isTensor() && tensor(2).defined()};
    if (convolution_.running) return nullptr;
    if (name == "aten::mm") counts().linear_macs += tensor(0).numel() * tensor(1).size(1);
    if (name == "aten::addmm") counts().linear_macs += tensor(1).numel() * tensor(2).size(1);
    return nullptr;
  }

  static void end(const at::RecordFunction& call, at::ObserverContext*) {
    if (std::string_view(call.name()) != "aten::conv2d") return;
    const std::int64_t outputs = call.outputs().at(0).toTensor().numel();
    counts().convolution_macs += outputs * convolution_.products;
    if (convolution_.bias) counts().bias_values += outputs;
    convolution_ = {};
  }

  static inline thread_local RunningConvolution convolution_;

  at::CallbackHandle handle_;
};

}  // namespace packrat
