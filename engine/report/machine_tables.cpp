#include "engine/report/machine_tables.h"

namespace packrat {

Table arithmetic_table(const MachineProfile& profile) {
  Table table{"machine-arithmetic", "Arithmetic of this machine", "`packrat machine`"};
  table.columns = {{"precision"},
                   {"instructions"},
                   {"threads"},
                   {"GOP/s", 1, "10^9 operations a second, two a multiply-add: the best repetition"},
                   {"median GOP/s", 1},
                   {"cores got, %", 0, "of their time; below 100, other programs had the rest"}};
  for (const ArithmeticRate& rate : profile.arithmetic)
    table.rows.push_back({std::string(precision_name(rate.precision)), rate.instructions,
                          static_cast<std::int64_t>(rate.threads), rate.gops.best, rate.gops.median,
                          100 * rate.gops.cpu_share});
  return table;
}

Table memory_table(const MachineProfile& profile) {
  Table table{"machine-memory", "Memory of this machine", "`packrat machine`"};
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

}  // namespace packrat
