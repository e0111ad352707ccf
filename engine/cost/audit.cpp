#include "engine/cost/audit.h"

#include <fmt/format.h>

#include "compressors/registry.h"
#include "compressors/stage_cost.h"
#include "engine/cost/exact_cost.h"
#include "engine/cost/published_cost.h"

namespace packrat {
namespace {

class Parts {
 public:
  void add(double bytes, std::string why) {
    if (bytes != 0) parts_.push_back({std::move(why), bytes});
  }
  std::vector<AuditPart> take() { return std::move(parts_); }

 private:
  std::vector<AuditPart> parts_;
};

/// Why the published formula shares other bytes than a codec needs.
std::string shared_reason(const StorageDescription& description, const PublishedCost& published,
                          const ExactCost& exact) {
  const SharedBytes model = stage_costs(description.codec, description.domain)->front().shared;
  if (model.encoder == 0)
    return fmt::format(
        "the published formula stores {:g} bytes of bin middles once where lo and hi take {:g}",
        published.shared, static_cast<double>(exact.shared));
  return fmt::format(
      "the published model size is twice the encoder half, {:.0f} bytes, where encoder ({} parameters) and "
      "decoder ({}) take {}",
      published.shared, model.encoder / 4, model.decoder / 4, exact.shared);
}

std::vector<AuditPart> compare(const StorageDescription& description, const PublishedCost& published,
                               const ExactCost& exact) {
  Parts parts;
  const auto slots = static_cast<double>(exact.slots);
  const auto values = static_cast<double>(exact.entry_values + exact.entry_index),
             side = static_cast<double>(exact.entry_side), shared = static_cast<double>(exact.shared);
  parts.add(published.numerator() - published.numerator() / published.divisor,
            fmt::format("the published total divides bytes by {:g} again", published.divisor));
  parts.add(
      values * slots - published.entry_values * slots,
      fmt::format("the published formula counts {:.6g} bytes of values per entry, a whole number of kept "
                  "values takes {:g}",
                  published.entry_values, values));
  parts.add(
      side * slots - published.entry_side * slots,
      fmt::format("the published formula stores {:g} bytes of bin middles with every entry where lo and hi "
                  "take {:g}",
                  published.entry_side, side));
  parts.add(shared - published.shared, shared_reason(description, published, exact));
  return parts.take();
}

void compare_payload(const ExactCost& exact, const ByteLedger& measured, std::int64_t held, Parts& parts) {
  const std::int64_t empty = exact.slots - held;
  parts.add(static_cast<double>(-empty * exact.entry_bytes()),
            empty > 0 ? fmt::format("{} of {} slots hold no entry", empty, exact.slots)
                      : fmt::format("{} entries are held, {} more than expected", held, -empty));
  const std::int64_t payload = measured.bytes(Item::kPayload);
  parts.add(
      static_cast<double>(payload - held * exact.entry_bytes()),
      fmt::format("a stored entry takes {:.6g} bytes where the exact formula needs {}",
                  static_cast<double>(payload) / static_cast<double>(held ? held : 1), exact.entry_bytes()));
}

std::vector<AuditPart> compare(const ExactCost& exact, const ByteLedger& measured, std::int64_t held) {
  Parts parts;
  compare_payload(exact, measured, held, parts);
  const std::int64_t labels = measured.bytes(Item::kLabels), shared = measured.codec_total();
  parts.add(static_cast<double>(labels),
            fmt::format("the formulas do not count labels ({} x {} byte{})", held, held ? labels / held : 0,
                        labels == held ? "" : "s"));
  for (const Item item : {Item::kIndex, Item::kSlack})
    parts.add(static_cast<double>(measured.bytes(item)),
              fmt::format("the formulas do not count the {} ({})", item_name(item), item_meaning(item)));
  parts.add(static_cast<double>(shared - exact.shared),
            fmt::format("the codec shares {} bytes where the exact formula needs {}", shared, exact.shared));
  return parts.take();
}

std::string joined(const std::vector<AuditPart>& parts) {
  std::string text;
  for (const AuditPart& part : parts)
    text += fmt::format("{}{} ({:+.10g} bytes)", text.empty() ? "" : "; ", part.why, part.bytes);
  return text;
}

/// What a variable entry takes, for the reader who has no formula to compare it with.
std::string entry_in_words(const StorageDescription& description, const ByteLedger& measured,
                           std::int64_t held) {
  if (held == 0) return "";
  const double bytes = static_cast<double>(measured.bytes(Item::kPayload)) / static_cast<double>(held);
  return fmt::format(": {:.6g} bytes an entry on average, {:.4g} bits a value", bytes,
                     8 * bytes / static_cast<double>(description.domain.values()));
}

std::string in_words(const AuditRow& row) {
  std::vector<AuditPart> all = row.published_to_exact;
  all.insert(all.end(), row.exact_to_measured.begin(), row.exact_to_measured.end());
  if (!row.exact_bytes)
    return "No closed formula for this codec: its entries differ in size. Measured is what they take";
  if (!row.published_mib)
    return fmt::format("No figure is published for this codec; measured is {:.4g} times exact{}{}.",
                       *row.measured_over_exact, all.empty() ? "" : ": ", joined(all));
  return fmt::format("Measured is {:.4g} times published{}{}.", *row.measured_over_published,
                     all.empty() ? "" : ": ", joined(all));
}

}  // namespace

AuditRow audit(const StorageDescription& description, const ByteLedger& measured, std::int64_t held) {
  const auto published = published_cost(description);
  const auto exact = exact_cost(description);
  AuditRow row;
  row.measured_bytes = measured.buffer_total();
  if (!exact) {
    row.sentence = in_words(row) + entry_in_words(description, measured, held) + ".";
    return row;
  }
  row.exact_bytes = exact->total();
  const auto exact_bytes = static_cast<double>(exact->total()),
             measured_bytes = static_cast<double>(row.measured_bytes);
  row.measured_over_exact = measured_bytes / exact_bytes;
  if (published) {
    row.published_mib = published->mib();
    row.exact_over_published = exact_bytes / (*row.published_mib * 1048576.0);
    row.measured_over_published = measured_bytes / (*row.published_mib * 1048576.0);
    row.published_to_exact = compare(description, *published, *exact);
  }
  row.exact_to_measured = compare(*exact, measured, held);
  row.sentence = in_words(row);
  return row;
}

std::string disagreement(const StorageDescription& description, const ByteLedger& measured,
                         std::int64_t held) {
  const auto exact = exact_cost(description);
  if (!exact) return "";
  const std::int64_t payload = measured.bytes(Item::kPayload), shared = measured.codec_total();
  if (payload != held * exact->entry_bytes())
    return fmt::format("{} entries take {} bytes, but the exact formula gives {} ({} each)", held, payload,
                       held * exact->entry_bytes(), exact->entry_bytes());
  if (shared != exact->shared)
    return fmt::format("the codec shares {} bytes, but the exact formula gives {}", shared, exact->shared);
  return "";
}

}  // namespace packrat
