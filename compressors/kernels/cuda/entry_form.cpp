#include "compressors/kernels/cuda/entry_form.h"

#include <limits>
#include <stdexcept>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/quantize.h"

namespace packrat::kernels::cuda {
namespace {

void need(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("entries on a device: ") + what);
}

}  // namespace

std::int64_t entry_bytes(const EntryForm& form) {
  switch (form.form) {
    case Form::kSharedRange:
    case Form::kTable:
      return packed_bytes(form.n, code_width(form.states));
    case Form::kOwnRange:
      return 8 + packed_bytes(form.n, code_width(form.states));
    case Form::kProducts:
      return packed_bytes(form.n / form.channels * form.subspaces, static_cast<int>(form.bits));
    case Form::kFloat32:
      return 4 * form.n;
    case Form::kFloat16:
    case Form::kBfloat16:
      return 2 * form.n;
    case Form::kCoordinates:
      return 6 * form.kept;
    case Form::kBitmap:
      return (form.n + 7) / 8 + 4 * form.kept;
  }
  return 0;
}

bool can_encode(Form form) {
  return form == Form::kSharedRange || form == Form::kOwnRange || form == Form::kTable;
}

void check_form(const EntryForm& form) {
  // Threads count in int: values, bits of codes and bytes of an entry.
  need(form.n >= 1 && form.n <= std::numeric_limits<std::int32_t>::max() / 16, "a number of values");
  if (can_encode(form.form)) need(form.states >= 2 && form.states <= 256, "a number of states");
  if (form.form == Form::kTable) need(form.table != nullptr, "no table");
  if (form.form == Form::kProducts)
    need(form.table != nullptr && form.channels >= 1 && form.n % form.channels == 0 && form.subspaces >= 1 &&
             form.subspaces <= form.channels && form.bits >= 1 && form.bits <= kMaxWidth,
         "a layout of subspaces");
  if (form.form == Form::kCoordinates || form.form == Form::kBitmap)
    need(form.n <= 65536 && form.kept >= 1 && form.kept <= form.n, "a number of kept values");
}

}  // namespace packrat::kernels::cuda
