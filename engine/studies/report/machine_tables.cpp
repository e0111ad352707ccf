#include "engine/studies/report/machine_tables.h"

namespace packrat {

Table arithmetic_table(const MachineProfile& profile) {
  Table table{"machine-arithmetic", "Arithmetic of this machine", "`packrat machine` fills it."};
  table.columns = {
      {"precision"},       {"instructions"},
      {"threads"},         {"GOP/s", 1, "10^9 operations a second, two a multiply-add: the best repetition"},
      {"median GOP/s", 1}, {"cores got, %", 0, "of their time; below 100, other programs had the rest"}};
  for (const ArithmeticRate& rate : profile.arithmetic)
    table.rows.push_back({std::string(precision_name(rate.precision)), rate.instructions,
                          static_cast<std::int64_t>(rate.threads), rate.gops.best, rate.gops.median,
                          100 * rate.gops.cpu_share});
  return table;
}

Table memory_table(const MachineProfile& profile) {
  Table table{"machine-memory", "Memory of this machine", "`packrat machine` fills it."};
  table.columns = {{"memory access"},
                   {"instructions"},
                   {"threads"},
                   {"GB/s", 2, "10^9 bytes a second that the program asks for; a copy reads and writes"},
                   {"median GB/s", 2},
                   {"cores got, %", 0, "of their time; below 100, other programs had the rest"}};
  for (const MemoryRate& rate : profile.memory)
    table.rows.push_back({rate.access, profile.memory_instructions, static_cast<std::int64_t>(rate.threads),
                          rate.gb_s.best, rate.gb_s.median, 100 * rate.gb_s.cpu_share});
  return table;
}

Table timing_table(const std::vector<TimedPart>& parts) {
  Table table{"timing", "Our encoders and heads on this machine", "`packrat roofline --measure` fills it."};
  table.columns = {{"part"},
                   {"precision"},
                   {"batch"},
                   {"threads"},
                   {"inputs/s", 1, "of the best repetition"},
                   {"median", 1},
                   {"GOP/s", 1, "10^9 operations a second, two a multiply-add"},
                   {"operations/byte", 1, "weights once a batch, the input and every map once"},
                   {"roofline inputs/s", 1},
                   {"bound by"},
                   {"% of roofline", 1, "above 100, weights or maps stayed in a cache"},
                   {"cores got, %", 0, "of their time; below 100, other programs had the rest"}};
  for (const TimedPart& part : parts)
    table.rows.push_back({part.how.network, std::string(precision_name(part.how.precision)), part.how.batch,
                          static_cast<std::int64_t>(part.how.threads), part.inputs_per_second,
                          part.median_inputs_per_second, part.gops(), part.roof.ops_per_byte,
                          part.roof.inputs_per_second,
                          std::string(part.roof.memory_bound ? "memory" : "arithmetic"),
                          100 * part.fraction(), 100 * part.cpu_share});
  return table;
}

}  // namespace packrat
