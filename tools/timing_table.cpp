#include "tools/timing_table.h"

namespace packrat {

Table timing_table(const std::vector<TimedPart>& parts) {
  Table table{"timing", "Our encoders and heads on this machine"};
  table.columns = {{"part"},          {"precision"},     {"batch"},    {"threads"},         {"inputs/s", 1},
                   {"median", 1},     {"GOP/s", 1},      {"operations/byte", 1}, {"roofline inputs/s", 1},
                   {"bound by"},      {"% of roofline", 1}, {"cores got, %", 0}};
  for (const TimedPart& part : parts)
    table.rows.push_back({part.how.network, std::string(precision_name(part.how.precision)), part.how.batch,
                          static_cast<std::int64_t>(part.how.threads), part.inputs_per_second,
                          part.median_inputs_per_second, part.inputs_per_second * part.roof.gop,
                          part.roof.ops_per_byte, part.roof.inputs_per_second,
                          std::string(part.roof.memory_bound ? "memory" : "arithmetic"), 100 * part.fraction,
                          100 * part.cpu_share});
  return table;
}

}  // namespace packrat
