#include "engine/studies/pretraining/patches.h"

#include <ATen/ATen.h>

#include <cstring>

#include "engine/studies/pretraining/wide.h"

namespace packrat {
namespace {

void add_values(const float* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
}

void add_values(const BFloat* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += to_float(from[i]);
}

}  // namespace

PatchPlan::PatchPlan(std::int64_t channels, std::int64_t kernel, std::int64_t stride, std::int64_t side)
    : taps_(kernel, stride, side),
      channels_(channels),
      width_(static_cast<std::int64_t>(taps_.live.size()) * channels) {
  for (std::int64_t position = 0; position < positions(); ++position) {
    const std::int64_t top = position / taps_.side_out * stride - kernel / 2;
    const std::int64_t left = position % taps_.side_out * stride - kernel / 2;
    std::int64_t to = position * width_;
    for (const std::int64_t tap : taps_.live) {
      const std::int64_t y = top + tap / kernel, x = left + tap % kernel;
      const bool inside = y >= 0 && y < side && x >= 0 && x < side;
      add_run({inside ? (y * side + x) * channels : -1, to, channels});
      to += channels;
    }
  }
  is_copy_ = runs_.size() == 1 && runs_[0].from == 0 && runs_[0].count == side * side * channels;
}

void PatchPlan::add_run(Run run) {
  if (!runs_.empty()) {
    Run& last = runs_.back();
    const bool follows = run.from < 0 ? last.from < 0 : last.from >= 0 && last.from + last.count == run.from;
    if (follows) {
      last.count += run.count;
      return;
    }
  }
  runs_.push_back(run);
}

at::Tensor PatchPlan::unfold(const at::Tensor& maps) const {
  const std::int64_t images = maps.size(0);
  if (is_copy_) return maps.contiguous().view({images * positions(), width_});
  const at::Tensor in = maps.contiguous();
  at::Tensor out = at::empty({images * positions(), width_}, maps.options());
  const std::size_t bytes = maps.element_size();
  const std::int64_t in_values = taps_.side_in * taps_.side_in * channels_, out_values = positions() * width_;
  const char* from = static_cast<const char*>(in.data_ptr());
  char* to = static_cast<char*>(out.data_ptr());
  for (std::int64_t i = 0; i < images; ++i, from += in_values * bytes, to += out_values * bytes)
    for (const Run& run : runs_) {
      if (run.from < 0)
        std::memset(to + run.to * bytes, 0, run.count * bytes);
      else
        std::memcpy(to + run.to * bytes, from + run.from * bytes, run.count * bytes);
    }
  return out;
}

at::Tensor PatchPlan::fold(const at::Tensor& patches) const {
  const std::int64_t images = patches.size(0) / positions(), side = taps_.side_in;
  if (is_copy_) return patches.contiguous().view({images, side, side, channels_});
  const at::Tensor in = patches.contiguous();
  const at::Tensor out = at::zeros({images, side, side, channels_}, patches.options().dtype(at::kFloat));
  const std::int64_t in_values = positions() * width_, out_values = side * side * channels_;
  const auto add_all = [&](const auto* from) {
    float* to = out.data_ptr<float>();
    for (std::int64_t i = 0; i < images; ++i, from += in_values, to += out_values)
      for (const Run& run : runs_)
        if (run.from >= 0) add_values(from + run.to, run.count, to + run.from);
  };
  if (patches.scalar_type() == at::kFloat)
    add_all(in.data_ptr<float>());
  else
    add_all(static_cast<const BFloat*>(in.data_ptr()));
  return out.to(patches.scalar_type());
}

}  // namespace packrat
