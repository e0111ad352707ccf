#include "bench/report/bars.h"

#include <algorithm>

#include "bench/report/names.h"

namespace packrat::bench {
namespace {

constexpr int kDeleted[] = {500, 900, 950};  // of 1000 values

std::vector<std::string> width_names(int last = kWidths) {
  std::vector<std::string> names;
  for (int width = 1; width <= last; ++width) names.push_back(std::to_string(width));
  return names;
}

/// One wanted ratio up to a width, another above it.
std::vector<double> up_to(int width, double below, double above) {
  std::vector<double> wanted;
  for (int w = 1; w <= kWidths; ++w) wanted.push_back(w <= width ? below : above);
  return wanted;
}

int width_of(std::size_t which) {
  return static_cast<int>(which) + 1;
}

/// Up to 5 bits a shift, a permutation and a store give a register of floats. Each starts once a cycle on
/// processors of Intel, so that the table that an entry's range needs comes on top, some 15 cycles an entry;
/// above, arithmetic takes three operations on two ports: at most two thirds of the roof.
Bar l1_decode(int n, double table, double arithmetic) {
  return {fmt::format("codes to float32, an entry of {} values in L1 / storing as many floats", n),
          width_names(), up_to(5, table, arithmetic), "x",
          [n](const Rates& rates, const std::string& tier, std::size_t which) {
            return rates.ratio(l1_row("decode", tier, width_of(which), n), l1_roof(n));
          }};
}

Bar batch_decode(BatchRow batch) {
  return {
      fmt::format("minibatch of {} x {} from random entries / storing as many floats", batch.rows, batch.n),
      width_names(), up_to(kWidths, 0.9, 0.9), "x",
      [batch](const Rates& rates, const std::string& tier, std::size_t which) {
        return rates.ratio(batch.gather(tier, width_of(which)), batch.roof());
      }};
}

/// The roof above leaves out that entries must come from where they lie; this one does not.
Bar batch_traffic(BatchRow batch) {
  return {
      fmt::format("minibatch of {} x {} from random entries / reading the entries and storing as many floats",
                  batch.rows, batch.n),
      width_names(), up_to(kWidths, 0.9, 0.9), "x",
      [batch](const Rates& rates, const std::string& tier, std::size_t which) {
        return rates.ratio(batch.gather(tier, width_of(which)), {batch.traffic(width_of(which))});
      }};
}

Bar streaming_decode() {
  return {"128 MiB of floats, streaming / streaming as many", width_names(4), std::vector<double>(4, 0.85),
          "x", [](const Rates& rates, const std::string& tier, std::size_t which) {
            return rates.ratio(memory_row("gather_streaming", tier, width_of(which)),
                               all_tiers("memory/stream", ""));
          }};
}

Bar against_two_passes() {
  return {"codes to float32 in one pass / unpacking to 32 bits, then a lookup", width_names(),
          up_to(4, 1.5, 1.3), "x", [](const Rates& rates, const std::string& tier, std::size_t which) {
            return rates.ratio(l1_row("decode", tier, width_of(which)),
                               {l1_row("two_pass_lookup", tier, width_of(which))});
          }};
}

Bar against_memcpy() {
  return {"128 MiB of floats decoded / memcpy of them", width_names(4), std::vector<double>(4, 1.0), "x",
          [](const Rates& rates, const std::string& tier, std::size_t which) {
            return rates.ratio(memory_row("gather_streaming", tier, width_of(which)), copy_rows());
          }};
}

Bar quantizing() {
  return {"quantizing and packing an entry in L1", width_names(), up_to(kWidths, 8, 8), "Gvalues/s",
          [](const Rates& rates, const std::string& tier, std::size_t which) {
            return rates.at(l1_row("quantize_pack", tier, width_of(which)));
          }};
}

Bar selecting() {
  std::vector<std::string> cases;
  for (const int deleted : kDeleted)
    cases.push_back(fmt::format("{} of 1024 kept", 1024 - 1024 * deleted / 1000));
  return {"choosing the greatest of 1024 values / std::nth_element", cases, std::vector<double>(3, 3.0), "x",
          [](const Rates& rates, const std::string& tier, std::size_t which) {
            return rates.ratio(selection_row("select", tier, 1024, kDeleted[which]),
                               {selection_row("nth_element", "-", 1024, kDeleted[which])});
          }};
}

/// Whether a batch leaves a quarter of the second-level cache to the entries it is read from.
bool fits_second_cache(const Rates& rates, const BatchRow& batch) {
  const auto cache = rates.data_cache_bytes.find(2);
  return cache != rates.data_cache_bytes.end() && 4 * batch.bytes() <= 3 * cache->second;
}

}  // namespace

std::vector<Bar> bars(const Rates& rates) {
  std::vector<Bar> all{l1_decode(kEntryValues, 0.8, 0.5), l1_decode(4 * kEntryValues, 0.9, 0.55)};
  for (const BatchRow& batch : batch_rows())
    if (fits_second_cache(rates, batch)) all.insert(all.end(), {batch_decode(batch), batch_traffic(batch)});
  for (const Bar& bar :
       {streaming_decode(), against_two_passes(), against_memcpy(), quantizing(), selecting()})
    all.push_back(bar);
  return all;
}

namespace {

/// Rows of one run stand beside each other in time, so that a ratio is taken in each, and never between two.
std::optional<Measured> measure(const Bar& bar, const Rates& rates, std::size_t which) {
  std::vector<double> values;
  const auto add = [&](const Rates& run) {
    if (const auto value = bar.measured(run, rates.tier(), which)) values.push_back(*value);
  };
  for (const Rates& run : rates.runs) add(run);
  if (rates.runs.empty()) add(rates);
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return Measured{median, values.front(), values.back()};
}

}  // namespace

bool Judgement::all_met() const {
  return std::all_of(met.begin(), met.end(), [](bool m) { return m; });
}

Judgement judge(const Bar& bar, const Rates& rates) {
  Judgement judgement;
  for (std::size_t i = 0; i < bar.cases.size(); ++i) {
    const auto measured = measure(bar, rates, i);
    judgement.measured.push_back(measured);
    judgement.met.push_back(measured && measured->median >= bar.wanted[i]);
    judgement.applies = judgement.applies || measured.has_value();
  }
  return judgement;
}

}  // namespace packrat::bench
