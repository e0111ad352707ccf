#pragma once
#include <memory>
#include <vector>

#include "compressors/spec_options.h"
#include "engine/methods/covariance.h"
#include "engine/methods/method_table.h"
#include "engine/methods/packed_symmetric.h"
#include "engine/methods/streaming_head.h"

namespace packrat {

// What the author of a method needs for its file; others include method_table.h alone.

using MethodFactory = std::unique_ptr<StreamingHead> (*)(const StageOptions&, const MethodSetting&);

/// A row of the table of methods. The file of NAME gives its own: NAME_methods().
struct MethodRow {
  MethodInfo info;
  std::vector<OptionKey> keys;
  MethodFactory make = nullptr;  ///< null: a method that keeps entries
};

/// The options `blocks`, `pool`, `power` and `random`, `precision`, and `shrink`.
RowForm row_form(const StageOptions& options);
StatePrecision precision_of(const StageOptions& options);
Shrinkage shrinkage_of(const StageOptions& options);

/// A number from 0 to 1; UserError that says so, and what else could be given, otherwise.
double share_of(const StageOptions& options, const char* key, const char* or_else = "");

}  // namespace packrat
