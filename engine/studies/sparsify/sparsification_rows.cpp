// The table of what `packrat sparsify` left.
#include <nlohmann/json.hpp>

#include "engine/results/result_table.h"
#include "engine/studies/sparsify/stored_sparsification.h"

namespace packrat {
namespace {

using R = StoredSparsification;
using Type = ResultColumn::Type;

ColumnOf<R> epochs_of(const char* name, StoredStage R::*stage) {
  return {{name, Type::kWhole}, [stage](const R& run) { return ResultCell((run.*stage).epochs); }};
}
ColumnOf<R> seconds_of(const char* name, StoredStage R::*stage) {
  return {{name, Type::kReal, 1}, [stage](const R& run) { return ResultCell((run.*stage).seconds); }};
}

std::vector<ColumnOf<R>> sparsification_columns() {
  return {{{"file"}, [](const R& run) { return ResultCell(run.file.string()); }},
          column_of("name", &R::name),
          column_of("dataset", &R::dataset),
          column_of("model", &R::model),
          {{"complex", Type::kWhole}, [](const R& run) { return ResultCell(std::int64_t{run.complex}); }},
          column_of("method", &R::method),
          column_of("C", &R::c, 6),
          column_of("threshold", &R::threshold, 2),
          column_of("seed", &R::seed),
          column_of("train_images", &R::train_images),
          column_of("parameters", &R::parameters),
          column_of("zeros", &R::zeros),
          column_of("compression", &R::compression, 1),
          column_of("packed_bytes", &R::packed_bytes),
          column_of("dense_acc", &R::dense_acc, 4),
          column_of("before_acc", &R::before_acc, 4),
          column_of("after_acc", &R::after_acc, 4),
          epochs_of("dense_epochs", &R::dense),
          epochs_of("sparsify_epochs", &R::sparsify),
          epochs_of("finetune_epochs", &R::fine_tune),
          seconds_of("dense_seconds", &R::dense),
          seconds_of("sparsify_seconds", &R::sparsify),
          seconds_of("finetune_seconds", &R::fine_tune),
          {{"options", Type::kJson},
           [](const R& run) { return ResultCell(nlohmann::json(run.options).dump()); }}};
}

}  // namespace

ResultTable result_table(const std::vector<StoredSparsification>& runs) {
  return make_table("sparsifications", sparsification_columns(), runs);
}

}  // namespace packrat
