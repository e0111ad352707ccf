#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compressors/entries.h"
#include "compressors/rows.h"

namespace packrat {

struct DeviceForm;

/// One step of a codec. Encoding narrows rows and writes this step's section of each entry; decoding reads
/// the section and widens the rows again.
class Stage {
 public:
  virtual ~Stage() = default;

  /// Canonical text that rebuilds this stage, such as "quantize:states=16,range=local".
  virtual std::string spec() const = 0;
  /// Values per row handed on to the next stage; 0 when this stage writes everything itself and ends the
  /// chain, as the last stage of a chain always does.
  virtual std::int64_t width_out() const = 0;
  /// Bytes of this stage's section in every entry; nullopt when entries differ.
  virtual std::optional<std::int64_t> section_bytes() const = 0;
  /// The same bytes by purpose; empty when entries differ. A stage that writes more than values says so.
  virtual std::vector<EntryPart> parts() const;
  /// Bytes that this stage keeps once for all entries (ranges, codebooks, weights), as they are held in
  /// memory.
  virtual std::vector<std::uint8_t> shared() const { return {}; }
  /// How many they are, by purpose.
  virtual SharedBytes shared_bytes() const { return {0, 0, static_cast<std::int64_t>(shared().size())}; }

  /// in: [N, width], all finite: Codec::encode() has looked. Appends one section per row to `section`; fills
  /// `out` [N, width_out()] when that is not 0. A row it cannot encode throws UserError that names the row.
  virtual void encode(ConstRows in, Rows out, EntryBatch& section) const = 0;
  /// Reads this stage's section of entry i from readers[i]; `in` holds the N rows that the next stage decoded
  /// (width_out() wide; no rows when that is 0). Fills out [N, width], NaN-free. Throws CorruptEntry on bytes
  /// that no encoder wrote.
  virtual void decode(ConstRows in, Rows out, std::vector<ByteReader>& readers) const = 0;
  /// How a GPU reads sections of a stage that stands alone (device_form.h); nullopt where no kernel does.
  virtual std::optional<DeviceForm> device_form() const;
};

/// What may follow the last stage: makes finished entries smaller, and gives them back as they were. Stages
/// work on rows of values; this works on bytes.
class EntryCoder {
 public:
  virtual ~EntryCoder() = default;

  /// Canonical text that rebuilds it, such as "entropy:coder=rans".
  virtual std::string spec() const = 0;
  /// What it came to, in a few words: "rANS, 9 tables".
  virtual std::string summary() const = 0;
  /// Bytes that it keeps once for all entries.
  virtual std::vector<std::uint8_t> shared() const = 0;

  /// Entry i of the result depends on entry i alone. It is at most a byte larger, plus a length where entries
  /// differ in size.
  virtual EntryBatch encode(const EntryBatch& plain) const = 0;
  /// The plain entries again. Throws CorruptEntry on bytes that no encoder wrote.
  virtual EntryBatch decode(const std::vector<ByteView>& entries) const = 0;
};

/// A chain of stages: turns rows of float32 values into entries of packed bytes and back. Immutable; safe to
/// use from several threads at once.
///
/// A plain entry holds the stages' sections, the last stage's first: the order in which decoding needs them
/// (compressors/FORMAT.md). Where an entry coder follows, an entry is what it makes of the plain one.
class Codec {
 public:
  /// stages: at least one, in the order of encoding, the first for rows of domain.values(). All but the last
  /// hand values on; the last hands on none. UserError otherwise. Most callers want make_codec() of
  /// registry.h.
  Codec(const Domain& domain, std::vector<std::unique_ptr<Stage>> stages);
  /// `plain`, which has no coder, with one.
  Codec(Codec plain, std::unique_ptr<EntryCoder> coder);
  Codec(Codec&&) noexcept = default;
  Codec& operator=(Codec&&) noexcept = default;

  /// Canonical text from which make_codec() builds an equal codec: stages joined by "|".
  std::string spec() const;
  const Domain& domain() const { return domain_; }
  /// Bytes of every entry, or nullopt when entries differ in size.
  std::optional<std::int64_t> entry_bytes() const;
  /// entry_bytes() by stage and purpose, in the order of encoding; empty when entries differ in size.
  std::vector<EntryPart> parts() const;
  /// The pieces of a plain entry in the order of its bytes; empty when plain entries differ in size.
  std::vector<EntryPart> plain_layout() const;
  /// Null when no coder follows the stages.
  const EntryCoder* coder() const { return coder_.get(); }
  /// How a GPU decodes the entries to the same bits; nullopt where it does not.
  std::optional<DeviceForm> device_form() const;
  /// What all entries share, in memory; its size is what the ledger charges. The stages' parts in the order
  /// of encoding.
  std::vector<std::uint8_t> shared() const;
  std::vector<std::vector<std::uint8_t>> shared_by_stage() const;
  /// How many bytes they are, by purpose, all stages together.
  SharedBytes shared_bytes() const;

  /// rows: [N, domain().values()]. Returns N entries; entry i depends on row i alone. NaN or infinity throws
  /// UserError that names the row ("image 17 of the batch").
  EntryBatch encode(ConstRows rows) const;
  /// entries: N views; out: [N, domain().values()], overwritten. Throws CorruptEntry on bytes that encode()
  /// never wrote, short and over-long entries included; out is then unspecified. UserError when out does not
  /// have N rows of that width. Deleted or merged values come back as the codec defines.
  void decode(const std::vector<ByteView>& entries, Rows out) const;

  /// encode() without the entry coder.
  EntryBatch encode_plain(ConstRows rows) const;

 private:
  std::optional<std::int64_t> plain_bytes() const;
  void check_finite(ConstRows rows) const;
  void check_sizes(const std::vector<ByteView>& entries) const;
  void decode_plain(const std::vector<ByteView>& entries, Rows out) const;

  Domain domain_;
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<std::int64_t> width_;  // width_[s]: values per row that stage s takes in
  std::unique_ptr<EntryCoder> coder_;
};

}  // namespace packrat
