#include "engine/studies/sparsify/published_sparsification.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/shipped_files.h"

namespace packrat {
namespace {

/// A table of data/vdard, row by row.
class Rows {
 public:
  explicit Rows(const std::string& name) : table_(read_csv(shipped_table("vdard/" + name))) {}

  bool next() { return ++row_ < table_.rows.size(); }
  double number(const char* column) const { return table_.required_number(row_, table_.column(column)); }
  const std::string& text(const char* column) const { return table_.rows[row_][table_.column(column)]; }
  std::string method() const {
    std::string method = text("method");
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (method != "vd" && method != "ard")
      throw UserError(
          fmt::format("{}: method '{}' is neither vd nor ard: restore the file", table_.name, method));
    return method;
  }
  SparsifiedNetwork network() const { return {text("dataset"), text("model"), text("weights") == "complex"}; }

 private:
  CsvTable table_;
  std::size_t row_ = static_cast<std::size_t>(-1);
};

}  // namespace

PublishedSparsification load_published_sparsification() {
  PublishedSparsification all;
  for (Rows r("tradeoff_points.csv"); r.next();)
    all.tradeoffs.push_back(
        {r.network(), r.method(), r.number("compression"), r.number("acc_before"), r.number("acc_after")});
  for (Rows r("medians_by_c.csv"); r.next();)
    all.medians.push_back({r.network(), r.method(), r.number("C"), r.number("compression_min"),
                           r.number("compression_median"), r.number("compression_max"),
                           r.number("acc_before_median"), r.number("acc_after_median")});
  for (Rows r("dense_accuracies.csv"); r.next();)
    all.dense.push_back(
        {r.network(), r.method(), r.number("acc_min"), r.number("acc_median"), r.number("acc_max")});
  for (Rows r("musicnet_early_stopping.csv"); r.next();)
    all.stops.push_back(
        {r.method(), r.number("C"), r.number("lo_min"), r.number("median"), r.number("hi_max")});
  for (Rows r("musicnet_early_compression.csv"); r.next();)
    all.stop_points.push_back({r.method(), r.number("compression"), r.number("epochs_until_stop")});
  return all;
}

}  // namespace packrat
