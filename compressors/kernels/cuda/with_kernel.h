#pragma once
#include <stdexcept>

#include "compressors/kernels/cuda/decode_codes.h"
#include "compressors/kernels/cuda/decode_values.h"
#include "compressors/kernels/cuda/encode_codes.h"
#include "compressors/kernels/cuda/entry_form.h"
#include "compressors/kernels/with_width.h"

// The table of kernels: which one decodes or encodes a form of entries, in how many blocks. Shared by the GPU
// and the processor, so that the choice is tested without a GPU, too.

namespace packrat::kernels::cuda {

inline std::int64_t steps_of(std::int64_t n, std::int64_t values) {
  return (n + values - 1) / values;
}

/// Calls run(kernel, grid) for decoding to out [entries.count, form.n].
template <class Run>
void with_decoder(const EntryForm& form, const Entries& entries, float* out, const Run& run) {
  check_form(form);
  const int n = static_cast<int>(form.n), kept = static_cast<int>(form.kept);
  const Grid whole{entries.count, 1};
  const Grid in_blocks{entries.count, pieces_for(steps_of(n, kBlockValues), entries.count)};
  const int width = can_encode(form.form) ? code_width(form.states) : 0;
  switch (form.form) {
    case Form::kSharedRange: {
      const UniformQuantizer q = make_uniform_quantizer(form.lo, form.hi, form.states);
      const SharedRangeLevels levels{form.states, q.step, q.base};
      return with_width(width, [&](auto b) {
        run(DecodeCodes<b.value, SharedRangeLevels>{entries, n, levels, out}, in_blocks);
      });
    }
    case Form::kOwnRange:
      return with_width(width, [&](auto b) {
        run(DecodeCodes<b.value, OwnRangeLevels>{entries, n, {form.states, width}, out}, in_blocks);
      });
    case Form::kTable:
      return with_width(width, [&](auto b) {
        run(DecodeCodes<b.value, TableLevels>{entries, n, {width, form.table}, out}, in_blocks);
      });
    case Form::kProducts: {
      const int channels = static_cast<int>(form.channels);
      return run(DecodeProducts{entries, channels, n / channels, static_cast<int>(form.subspaces),
                                static_cast<int>(form.bits), form.table, out},
                 {entries.count, pieces_for(steps_of(n, kThreads), entries.count)});
    }
    case Form::kFloat32:
      return run(WidenValues<Float32Values>{entries, n, out}, in_blocks);
    case Form::kFloat16:
      return run(WidenValues<Float16Values>{entries, n, out}, in_blocks);
    case Form::kBfloat16:
      return run(WidenValues<Bfloat16Values>{entries, n, out}, in_blocks);
    case Form::kCoordinates:
      return run(ScatterCoordinates{entries, n, kept, out}, whole);
    case Form::kBitmap:
      return run(ScatterBitmap{entries, n, kept, out}, whole);
  }
}

/// Calls run(kernel, grid) for encoding rows [entries.count, form.n]; refused: [entries.count].
/// std::logic_error unless can_encode().
template <class Run>
void with_encoder(const EntryForm& form, const float* rows, const Entries& entries, std::uint8_t* refused,
                  const Run& run) {
  check_form(form);
  if (!can_encode(form.form)) throw std::logic_error("entries of this form are not encoded on a device");
  if (form.form == Form::kTable && form.boundaries == nullptr) throw std::logic_error("no boundaries");
  const int n = static_cast<int>(form.n), width = code_width(form.states);
  const Grid whole{entries.count, 1};
  with_width(width, [&](auto b) {
    if (form.form == Form::kSharedRange)
      run(
          EncodeCodes<b.value, SharedRangeRule>{
              rows, n, entries, {make_uniform_quantizer(form.lo, form.hi, form.states)}, refused},
          whole);
    else if (form.form == Form::kOwnRange)
      run(EncodeCodes<b.value, OwnRangeRule>{rows, n, entries, {form.states, width}, refused}, whole);
    else
      run(EncodeCodes<b.value, BoundaryRule>{rows, n, entries, {width, form.boundaries}, refused}, whole);
  });
}

}  // namespace packrat::kernels::cuda
