#include <fmt/format.h>

#include "compressors/registry.h"
#include "engine/buffer/sampler.h"
#include "library/call.h"
#ifdef PACKRAT_HEADS
#include "engine/methods/method_table.h"
#endif

namespace packrat::library {
namespace {

struct ListRow {
  std::string name, options, summary;
};

std::vector<ListRow> stages() {
  std::vector<ListRow> rows;
  for (const StageInfo& stage : stage_table()) rows.push_back({stage.name, stage.options, stage.summary});
  return rows;
}

std::vector<ListRow> samplers() {
  std::vector<ListRow> rows;
  for (const SamplerInfo& sampler : sampler_table())
    rows.push_back({short_name(*make_sampler(sampler.name)), "", sampler.summary});
  return rows;
}

std::vector<ListRow> heads() {
  std::vector<ListRow> rows;
#ifdef PACKRAT_HEADS
  for (const MethodInfo& method : method_table())
    if (!keeps_entries(method.name)) rows.push_back({method.name, method.options, method.summary});
#endif
  return rows;
}

/// Made once: the texts are handed out.
const std::vector<ListRow>& list_of(std::int32_t list) {
  static const std::vector<ListRow> all_stages = stages(), all_samplers = samplers(), all_heads = heads();
  if (list == PKR_LIST_STAGES) return all_stages;
  if (list == PKR_LIST_SAMPLERS) return all_samplers;
  if (list == PKR_LIST_HEADS) return all_heads;
  throw UserError(
      fmt::format("list {} is unknown: give PKR_LIST_STAGES, PKR_LIST_SAMPLERS or PKR_LIST_HEADS", list));
}

}  // namespace

extern "C" {

PKR_API int pkr_list(int32_t list, int32_t index, const char** name, const char** options,
                     const char** summary) {
  return number<int>([&] {
    const std::vector<ListRow>& rows = list_of(list);
    if (index < 0) throw UserError(fmt::format("row {} of a list: rows are counted from 0", index));
    if (index >= static_cast<std::int32_t>(rows.size())) return 0;
    const ListRow& row = rows[static_cast<std::size_t>(index)];
    if (name != nullptr) *name = row.name.c_str();
    if (options != nullptr) *options = row.options.c_str();
    if (summary != nullptr) *summary = row.summary.c_str();
    return 1;
  });
}

}  // extern "C"
}  // namespace packrat::library
