// "entropy": the last step of a chain, which makes finished entries smaller (FORMAT.md, "Entropy coding").
#include <algorithm>

#include "compressors/coder_factory.h"
#include "compressors/entropy_coders.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

enum class Choice : std::uint8_t { kRans, kZstd };

/// What "coder=auto" chose; one byte more is shared, which says so.
class ChosenCoder final : public EntryCoder {
 public:
  ChosenCoder(Choice choice, std::unique_ptr<EntryCoder> coder) : choice_(choice), coder_(std::move(coder)) {}

  std::string spec() const override { return "entropy"; }
  std::string summary() const override { return coder_->summary(); }
  std::vector<std::uint8_t> shared() const override {
    std::vector<std::uint8_t> bytes = coder_->shared();
    bytes.insert(bytes.begin(), static_cast<std::uint8_t>(choice_));
    return bytes;
  }
  EntryBatch encode(const EntryBatch& plain) const override { return coder_->encode(plain); }
  EntryBatch decode(const std::vector<ByteView>& entries) const override { return coder_->decode(entries); }

 private:
  Choice choice_;
  std::unique_ptr<EntryCoder> coder_;
};

const std::string& coder_of(const StageOptions& options) {
  return options.choice("coder", {"auto", "rans", "zstd"});
}

std::unique_ptr<EntryCoder> make_auto_coder(const Codec& plain, ByteReader& learned) {
  const auto choice = learned.value<Choice>();
  switch (choice) {
    case Choice::kRans:
      return std::make_unique<ChosenCoder>(choice, make_rans_coder(plain, learned));
    case Choice::kZstd:
      return std::make_unique<ChosenCoder>(choice, make_zstd_coder(plain, learned));
  }
  throw CorruptEntry("the learned entropy coder is neither rANS nor Zstandard");
}

double bytes_to_pay(const Codec& plain, std::vector<std::uint8_t> learned, const EntryBatch& held_out) {
  ByteReader reader({learned.data(), learned.size()});
  return bytes_to_pay(*make_auto_coder(plain, reader), held_out);
}

std::vector<std::uint8_t> fit_auto_coder(const Codec& plain, const EntryBatch& train,
                                         const EntryBatch& held_out) {
  const auto tagged = [](Choice choice, std::vector<std::uint8_t> bytes) {
    bytes.insert(bytes.begin(), static_cast<std::uint8_t>(choice));
    return bytes;
  };
  std::vector<std::uint8_t> rans = tagged(Choice::kRans, fit_rans_coder(plain, train)),
                            zstd = tagged(Choice::kZstd, fit_zstd_coder(plain, train, held_out));
  return bytes_to_pay(plain, zstd, held_out) < bytes_to_pay(plain, rans, held_out) ? zstd : rans;
}

std::unique_ptr<EntryCoder> make_entropy_coder(const StageOptions& options, const Codec& plain,
                                               ByteReader& learned) {
  const std::string& coder = coder_of(options);
  if (coder == "rans") return make_rans_coder(plain, learned);
  return coder == "zstd" ? make_zstd_coder(plain, learned) : make_auto_coder(plain, learned);
}

std::vector<std::uint8_t> fit_entropy_coder(const StageOptions& options, const Codec& plain,
                                            const EntryBatch& train, const EntryBatch& held_out) {
  const std::string& coder = coder_of(options);
  if (coder == "rans") return fit_rans_coder(plain, train);
  return coder == "zstd" ? fit_zstd_coder(plain, train, held_out) : fit_auto_coder(plain, train, held_out);
}

}  // namespace

double bytes_to_pay(const EntryCoder& coder, const EntryBatch& held_out) {
  const auto coded = static_cast<double>(coder.encode(held_out).bytes.size());
  return coded / static_cast<double>(held_out.count()) * kEntriesToPayFor +
         static_cast<double>(coder.shared().size());
}

StageRow entropy_stage() {
  StageRow row;
  row.info = {
      "entropy",
      "coder=auto|rans|zstd",
      "last: finished entries made smaller without loss, by symbol statistics or a dictionary that all "
      "share",
      {"quantize:states=16,range=local|entropy", "quantize:states=5,range=local|entropy:coder=rans",
       "quantize:states=2,range=fit|entropy:coder=rans", "none|entropy:coder=rans", "none|entropy:coder=zstd",
       "thin:factor=0.9,index=bitmap|quantize:states=16,range=local|entropy:coder=zstd", "float16|entropy"},
      {"quantize:states=256,range=local,zero=exact|entropy:coder=rans"},
      {"jpeg:quality=50|entropy:coder=rans", "webp:quality=50|entropy:coder=zstd", "resize:size=4|entropy"}};
  row.keys = {{"coder", "auto"}};
  row.make_coder = make_entropy_coder;
  row.fit_coder = fit_entropy_coder;
  return row;
}

}  // namespace packrat
