#include "bench/report/page.h"

#include <utility>

#include "bench/report/bars.h"
#include "bench/report/names.h"
#include "engine/report/table.h"

namespace packrat::bench {
namespace {

TableCell cell(const std::optional<double>& value) {
  return value ? TableCell(*value) : TableCell();
}

bool any_number(const std::vector<TableCell>& row) {
  for (const TableCell& c : row)
    if (std::holds_alternative<double>(c)) return true;
  return false;
}

/// Of runs in per cent.
const TableColumn kSpread{"spread, %", 0};

TableCell spread_cell(const std::optional<double>& spread) {
  return spread ? TableCell(100 * *spread) : TableCell();
}

/// A table with a column for each width, and one for the largest spread of a row; rows without a number are
/// those of tiers that the machine lacks.
class WidthTable {
 public:
  WidthTable(const Rates& rates, std::string first) : rates_(rates) {
    table_.columns.push_back({std::move(first)});
    for (int width = 1; width <= kWidths; ++width)
      table_.columns.push_back({fmt::format("{} bit", width), 2});
    table_.columns.push_back(kSpread);
  }
  /// row_of(width): the benchmark's row.
  template <class RowOf>
  void add(const std::string& name, const RowOf& row_of) {
    std::vector<TableCell> row{name};
    std::optional<double> spread;
    for (int width = 1; width <= kWidths; ++width) {
      row.push_back(cell(rates_.at(row_of(width))));
      if (const auto own = rates_.spread(row_of(width))) spread = std::max(spread.value_or(0), *own);
    }
    if (!any_number(row)) return;
    row.push_back(spread_cell(spread));
    table_.rows.push_back(std::move(row));
  }
  std::string text() const { return markdown_text(table_) + "\n"; }

 private:
  const Rates& rates_;
  Table table_;
};

std::string case_text(const Judgement& judgement, std::size_t i) {
  if (!judgement.measured[i]) return "-";
  const Measured& measured = *judgement.measured[i];
  const std::string number = fmt::format("{:.2f}", measured.median);
  const std::string range = fmt::format(" ({:.2f}–{:.2f})", measured.least, measured.greatest);
  return (judgement.met[i] ? number : "**" + number + "**") +
         (measured.least < measured.greatest ? range : "");
}

std::string verdict(const Judgement& judgement) {
  if (!judgement.applies) return "not measured";
  if (judgement.all_met()) return "met";
  std::size_t met = 0;
  for (const bool m : judgement.met) met += m ? 1 : 0;
  return met == 0 ? "not met" : fmt::format("met in {} of {}", met, judgement.met.size());
}

std::string wanted_text(const Bar& bar) {
  std::string text;
  for (std::size_t i = 0; i < bar.wanted.size(); ++i)
    if (i == 0 || bar.wanted[i] != bar.wanted[i - 1])
      text += fmt::format("{}{:g}{}", i == 0 ? "" : ", ", bar.wanted[i],
                          i == 0 ? "" : fmt::format(" from {}", bar.cases[i]));
  return text + (bar.unit == "x" ? "" : " " + bar.unit);
}

std::string bars_text(const Rates& rates) {
  Table table;
  for (const char* title : {"bar", "at least", "measured, case by case", "verdict"})
    table.columns.push_back({title});
  for (const Bar& bar : bars(rates)) {
    const Judgement judgement = judge(bar, rates);
    std::string measured;
    for (std::size_t i = 0; judgement.applies && i < bar.cases.size(); ++i)
      measured += (i > 0 ? " · " : "") + case_text(judgement, i);
    table.rows.push_back({bar.what, wanted_text(bar), measured, verdict(judgement)});
  }
  return markdown_text(table) + "\n";
}

/// Rates of an entry in L1, one kernel a call of add(): its name, the row's, and the tiers that have it.
class EntryTable {
 public:
  EntryTable(const Rates& rates, const std::string& first) : table_(rates, first) {}
  void add_roof() {
    for (const std::string& tier : tier_names())
      table_.add("storing floats, " + tier,
                 [&](int) { return fmt::format("l1/store/{}/n:{}", tier, kEntryValues); });
  }
  void add(const std::string& name, const std::string& what, const std::string& tier, int n = kEntryValues) {
    table_.add(name + ", " + tier, [&](int width) { return l1_row(what, tier, width, n); });
  }
  std::string text() const { return table_.text(); }

 private:
  WidthTable table_;
};

std::string reading_text(const Rates& rates) {
  EntryTable table(rates, "packed codes of 1024 values to float32");
  table.add_roof();
  for (const std::string& tier : tier_names()) {
    table.add("**one pass**", "decode", tier);
    table.add("one pass, 4096 values", "decode", tier, 4 * kEntryValues);
    table.add("one pass, any levels", "lookup", tier);
    table.add("two passes, lookup", "two_pass_lookup", tier);
    table.add("two passes, arithmetic", "two_pass_arithmetic", tier);
  }
  return table.text();
}

std::string writing_text(const Rates& rates) {
  EntryTable table(rates, "1024 values");
  for (const auto& [name, what] :
       {std::pair("float32 to packed codes", "quantize_pack"), std::pair("bytes to packed codes", "pack"),
        std::pair("packed codes to bytes", "unpack")}) {
    for (const std::string& tier : tier_names()) table.add(name, what, tier);
    table.add(name, what, "reference");
  }
  return table.text();
}

std::string batches_text(const Rates& rates) {
  std::string text;
  for (const BatchRow& batch : batch_rows()) {
    WidthTable table(
        rates, fmt::format("{} x {} values ({} KiB of floats)", batch.rows, batch.n, batch.bytes() / 1024));
    for (const std::string& tier : tier_names())
      table.add("storing floats, " + tier, [&](int) { return "l2/store/" + tier + batch.suffix(); });
    table.add("reading the entries", [&](int width) { return batch.reading(width); });
    table.add("reading them and storing floats", [&](int width) { return batch.traffic(width); });
    for (const std::string& tier : tier_names())
      table.add("decoding, " + tier, [&](int width) { return batch.gather(tier, width); });
    text += table.text();
  }
  return text;
}

std::string memory_text(const Rates& rates) {
  WidthTable table(rates, "128 MiB of floats");
  for (const std::string& tier : tier_names()) {
    table.add("storing floats, " + tier, [&](int) { return "memory/store/" + tier; });
    table.add("streaming floats, " + tier, [&](int) { return "memory/stream/" + tier; });
  }
  table.add("memcpy of floats at once", [&](int) { return copy_rows()[0]; });
  table.add("memcpy of floats, entry by entry", [&](int) { return copy_rows()[1]; });
  for (const std::string& tier : tier_names()) {
    table.add("decoding, cached stores, " + tier,
              [&](int w) { return memory_row("gather_cached", tier, w); });
    table.add("**decoding, streaming**, " + tier,
              [&](int w) { return memory_row("gather_streaming", tier, w); });
  }
  return table.text();
}

std::string others_text(const Rates& rates) {
  Table table;
  table.columns = {{"kernel"}, {"Gvalues/s", 3}, kSpread};
  for (const auto& [name, rate] : rates.rows) {
    if (name.rfind("l1/", 0) != 0 || name.find("/width:") != std::string::npos ||
        name.rfind("l1/store/", 0) == 0)
      continue;
    table.rows.push_back({name.substr(3), rate.gvalues_s, spread_cell(rates.spread(name))});
  }
  return markdown_text(table) + "\n";
}

/// The width at the end of a peer's name.
int width_of(const std::string& name) {
  return std::stoi(name.substr(name.rfind(':') + 1));
}

std::string peers_text(const Rates& rates) {
  Table table;
  table.columns = {{"peer"},
                   {"bits a value", 2},
                   {"Gvalues/s", 3},
                   kSpread,
                   {"codes to float32 of as many bits here, times as fast", 1}};
  for (const auto& [name, rate] : rates.rows) {
    if (name.rfind("peer/", 0) != 0) continue;
    std::vector<std::string> ours;
    for (const std::string& tier : tier_names()) ours.push_back(l1_row("decode", tier, width_of(name)));
    const auto own = width_of(name) <= kWidths ? rates.best_of(ours) : std::nullopt;
    table.rows.push_back({name.substr(5), cell(rate.bits), rate.gvalues_s, spread_cell(rates.spread(name)),
                          own ? TableCell(*own / rate.gvalues_s) : TableCell()});
  }
  return table.rows.empty() ? "None is installed: `tools/install_packages --peers` gets them.\n"
                            : markdown_text(table) + "\n";
}

std::string caches_text(const Rates& rates) {
  std::string text;
  for (const auto& [level, bytes] : rates.data_cache_bytes)
    text += fmt::format("{}L{} {} KiB", text.empty() ? "" : ", ", level, bytes / 1024);
  return text.empty() ? "of unknown size" : text;
}

}  // namespace

std::string kernels_page(const Rates& rates, const std::string& picture) {
  return fmt::format(
      "# Kernels: roofs, peers and bars\n\n"
      "{}, data caches {}; kernels {}. One core, 10^9 values a second, the best of many short repetitions in "
      "random order:\n"
      "ratios hold on a busy machine, rates are lower bounds. \"Spread\" is how far the best of each run lie "
      "apart, in per cent of the greatest;\nof a row the largest. Every row checked its answer before it was "
      "timed. Written by\n\n"
      "    tools/bench_report\n\n"
      "![Rates against the width of a code]({})\n\n"
      "## Bars\n\nOf the kernels that Packrat takes on this machine. One case a width, 1 to 8 bits, unless "
      "the "
      "bar says otherwise: the median of\nthe runs' ratios, and the least and the greatest of them; bold "
      "medians miss the bar.\n\n{}"
      "What bounds them:\n\n"
      "- *An entry in L1.* Up to 5 bits a shift, a permutation and a store give 16 floats (AVX-512). Of "
      "each, "
      "processors of Intel start one\n"
      "  a cycle, so that the table of levels, which every entry's own range needs, comes on top: some 15 "
      "cycles an entry. Four times as\n"
      "  many values pay it once. From 6 bits on a mask, a conversion and a multiply-add share two ports: at "
      "most two thirds of the roof.\n"
      "- *Minibatches.* Entries lie in the third-level cache or in memory: reading them and storing as many "
      "floats is what no decoder can\n"
      "  avoid.\n"
      "- *Streaming.* Every entry is read from another place in memory, 1/32 to 1/8 of the bytes that are "
      "written; the roof only writes.\n"
      "- *Quantizing.* Arithmetic: 8 billion values a second are the bar of the widest registers.\n\n"
      "## Codes, data in L1\n\n{}{}"
      "## Minibatches\n\nEach row of a batch is another entry of 10 000, chosen at random; all entries come "
      "once before one "
      "comes again, so that\n"
      "most lie in the third-level cache or in memory. Reading takes a word of each line of the cache, and "
      "stands "
      "for all that\n"
      "decoding must wait for.\n\n{}"
      "## Far beyond the caches\n\n{}"
      "## Selection, sparse entries, ranges\n\n{}"
      "## Peers\n\nPublic libraries on the same values, where they are installed. Quantizers give floats; "
      "blosc's codes, zstd and\n"
      "rANS give bytes, which still have to become floats.\n\n{}",
      rates.cpu, caches_text(rates), rates.kernels, picture, bars_text(rates), reading_text(rates),
      writing_text(rates), batches_text(rates), memory_text(rates), others_text(rates), peers_text(rates));
}

}  // namespace packrat::bench
