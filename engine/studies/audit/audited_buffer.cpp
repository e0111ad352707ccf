#include "engine/studies/audit/audited_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/error.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/ingest_stream.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/validate.h"
#include "engine/fitting/fitting_sample.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr std::int64_t kFittingImages = 512;  // pq with 8 bits needs 256 vectors to learn its centroids from

/// A data set behind an encoder, as a stream of all its training images.
struct EncodedStream {
  std::string key;  ///< of the options that made it
  std::vector<std::uint16_t> labels;
  TaskStream stream;
  PreparedData data;

  std::int64_t size() const { return static_cast<std::int64_t>(stream.order.size()); }
  StreamImages images() const { return {stream, labels, *data.train}; }
};

std::string key_of(const RunConfig& c) {
  const std::string data = c.dataset + image_form(c).suffix();
  if (c.encoder == "none") return data + "|none";
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", data, c.encoder, c.encoding_block, c.encoder_dtype, c.weights,
                     c.pool, c.normalise, c.channel_order);
}

EncodedStream encoded_stream(const RunConfig& config, const EncodingOptions& encoding,
                             const ProgressFn& progress) {
  Dataset dataset = load_dataset(config.dataset, config.data_dir, {}, encoding.image);
  dataset.test = {};
  EncodedStream encoded;
  encoded.key = key_of(config);
  encoded.labels = dataset.train.labels;
  encoded.stream =
      make_task_stream(encoded.labels, dataset.info.classes,
                       {static_cast<int>(config.num_tasks), static_cast<int>(config.num_classes_per_task),
                        static_cast<std::uint64_t>(config.seed), std::nullopt, false});
  encoded.data = prepare_data(dataset, encoding, progress);
  return encoded;
}

/// A codec that has learned just enough to encode, from images that lie evenly in the data set.
Codec quickly_fitted(const CodecSpec& spec, const EncodedStream& from, int threads) {
  const std::int64_t count = std::min(kFittingImages, from.size());
  std::vector<std::int64_t> images;
  for (std::int64_t i = 0; i < count; ++i) images.push_back(i * from.size() / count);
  const FittingSample sample(*from.data.train, images, from.data.domain.values());
  FittingOptions options;
  options.max_epochs = 1;
  options.threads = threads;
  return fit_codec(spec, from.data.domain, sample.rows(), options);
}

AuditedBuffer named_after(const AuditSetting& setting) {
  AuditedBuffer about;
  about.dataset = setting.config.dataset;
  about.encoder = setting.config.encoder;
  if (about.encoder != "none") about.encoding_block = setting.config.encoding_block;
  about.setting = setting.codec;
  return about;
}

AuditedBuffer audited(const ReplayBuffer& buffer, AuditedBuffer about) {
  about.codec = buffer.codec().spec();
  about.classes = buffer.classes();
  about.held = buffer.size();
  about.bytes = bytes_of(buffer);
  about.disagreement = disagreement_of(buffer);
  return about;
}

/// Does the work. False when it is refused with a UserError: the reason is then in `about`.
template <class F>
bool available(AuditedBuffer& about, const F& work) {
  try {
    work();
    return true;
  } catch (const UserError& error) {
    about.not_available = error.what();
    return false;
  }
}

class Audit {
 public:
  Audit(const std::vector<AuditSetting>& settings, const std::vector<std::int64_t>& slots,
        const AuditHooks& hooks)
      : settings_(settings), slots_(slots), hooks_(hooks) {}

  void run() {
    for (const AuditSetting& setting : settings_) {
      AuditedBuffer about = named_after(setting);
      if (const auto codec = codec_of(setting, about))
        fill(setting, codec, about);
      else
        refuse(about);
      ++done_;
    }
  }

 private:
  /// nullptr when this version refuses it; the reason is then in `about`.
  std::shared_ptr<const Codec> codec_of(const AuditSetting& setting, AuditedBuffer& about) {
    EncodingOptions encoding;
    const bool valid = available(about, [&] {
      validate(setting.config, setting.given);
      encoding = encoding_options(setting.config);
    });
    if (!valid) return nullptr;
    open(setting.config, encoding);
    std::shared_ptr<const Codec> codec;
    available(about, [&] { codec = std::make_shared<const Codec>(make(setting.config, about)); });
    return codec;
  }

  /// The stream that the settings of one encoder, which follow each other in a grid, share.
  void open(const RunConfig& config, const EncodingOptions& encoding) {
    if (stream_ && stream_->key == key_of(config)) return;
    stream_.reset();  // before the next one is loaded: they may be large
    stream_ = encoded_stream(config, encoding, hooks_.progress);
  }

  Codec make(const RunConfig& config, AuditedBuffer& about) const {
    const CodecSpec spec = codec_spec(config, stream_->data.weights_sha256);
    if (!spec.learns()) return make_codec(spec, stream_->data.domain);
    about.learned_from =
        fmt::format("{} of its training images, one pass", std::min(kFittingImages, stream_->size()));
    return quickly_fitted(spec, *stream_, thread_count(config));
  }

  void fill(const AuditSetting& setting, const std::shared_ptr<const Codec>& codec, AuditedBuffer about) {
    std::vector<ReplayBuffer> buffers;
    std::vector<ReplayBuffer*> pointers;
    for (const std::int64_t slots : slots_)
      buffers.emplace_back(codec, stream_->stream.classes(), Budget::slots(slots));
    for (ReplayBuffer& buffer : buffers) pointers.push_back(&buffer);
    const auto all = static_cast<std::int64_t>(settings_.size());
    ingest_stream(stream_->images(), 0, stream_->size(), pointers,
                  Rng(static_cast<std::uint64_t>(setting.config.seed)),
                  [&](std::string_view, std::int64_t arrived, std::int64_t images) {
                    if (hooks_.progress) hooks_.progress("audit", done_ * images + arrived, all * images);
                  });
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      about.slots = slots_[i];
      hand_on(audited(buffers[i], about));
    }
  }

  void refuse(AuditedBuffer about) const {
    for (const std::int64_t slots : slots_) {
      about.slots = slots;
      hand_on(about);
    }
  }

  void hand_on(const AuditedBuffer& buffer) const {
    if (hooks_.audited) hooks_.audited(buffer);
  }

  const std::vector<AuditSetting>& settings_;
  const std::vector<std::int64_t>& slots_;
  const AuditHooks& hooks_;
  std::optional<EncodedStream> stream_;  // of the last setting
  std::int64_t done_ = 0;
};

}  // namespace

void audit_buffers(const std::vector<AuditSetting>& settings, const std::vector<std::int64_t>& slots,
                   const AuditHooks& hooks) {
  use_one_thread();
  Audit(settings, slots, hooks).run();
}

std::string disagreement_of(const ReplayBuffer& buffer) {
  const Codec& codec = buffer.codec();
  const StorageDescription stored = describe_storage(codec, buffer.capacity());
  for (const PayloadPart& part : payload_parts(codec, stored))
    if (part.measured_bytes != part.exact_bytes)
      return fmt::format("the {} of an entry take {} bytes, but the exact formula gives {}", part.name,
                         part.measured_bytes, part.exact_bytes);
  return disagreement(stored, buffer.ledger(), buffer.size());
}

}  // namespace packrat
