#include "engine/experiment/run_codec.h"

#include <fmt/format.h>

#include "compressors/codec.h"
#include "compressors/distortion.h"
#include "compressors/registry.h"
#include "engine/core/files.h"
#include "engine/core/folders.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/codec_choice.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/model_file.h"
#include "engine/fitting/fitting_set.h"
#include "models/weights_dir.h"

namespace packrat {
namespace {

std::string cut_of(const RunConfig& config) {
  if (names_features(config.dataset)) return "features";
  const FeatureForm form = feature_form(config);
  return form.cut_text() + (form.both_views ? "_both" : form.mirrored ? "_flip" : "");
}

/// What an ONNX file's tensors are called may hold anything.
std::string file_letters(std::string text) {
  for (char& c : text)
    if (c == '/' || c == ':') c = '-';
  return text;
}

/// What decides the features and is in no other part of a codec's key.
std::string preprocessing_of(const RunConfig& config) {
  std::string text;
  if (config.normalise != RunConfig().normalise) text += " " + config.normalise;
  if (config.channel_order != RunConfig().channel_order) text += " " + config.channel_order;
  return text;
}

/// A file's codec, refused unless it is `spec` for this run's rows.
FittedCodec checked(FittedCodec fitted, const CodecSpec& spec, const PreparedData& data,
                    const std::string& file) {
  if (fitted.spec != spec.text())
    throw UserError(fmt::format("{} holds the codec {}, but the run asks for {}: give one of them", file,
                                fitted.spec, spec.text()));
  if (fitted.origin.weights_sha256 != data.weights_sha256)
    throw UserError(
        fmt::format("{} was fitted with encoder weights {}..., but the run has {}...: fit it again with "
                    "`packrat fit`",
                    file, fitted.origin.weights_sha256.substr(0, 12), data.weights_sha256.substr(0, 12)));
  return fitted;
}

/// Finds and makes fitted codecs for one run.
class CodecSource {
 public:
  CodecSource(const RunConfig& config, const PreparedData& data, const ProgressFn& progress)
      : config_(config),
        data_(data),
        progress_(progress),
        fit_on_(config.fit_on.empty() ? default_fitting_dataset(config.dataset) : config.fit_on) {
    if (names_features(fit_on_) != names_features(config.dataset))
      throw UserError(
          fmt::format("--fit_on {} and --dataset {}: a codec of features from files learns on such, and "
                      "one of images on images",
                      fit_on_, config.dataset));
    if (names_features(fit_on_)) fit_on_sha256_ = load_dataset(fit_on_, config.data_dir, progress).sha256;
  }

  /// A shipped codec that learned on another data set than the stream's, unless --fit_on was given.
  std::optional<FittedCodec> shipped(const CodecSpec& spec) const {
    const std::filesystem::path file = weights_dir() / "codecs" / (name(spec) + ".safetensors");
    if (!config_.fit_on.empty() || names_features(config_.dataset) || !std::filesystem::exists(file))
      return std::nullopt;
    FittedCodec fitted = load_fitted_codec(file);
    if (fitted.origin.weights_sha256 != data_.weights_sha256 || is_streams_own(fitted.origin.dataset) ||
        image_form(config_) != ImageForm())
      return std::nullopt;
    return checked(std::move(fitted), spec, data_, file.string());
  }

  std::optional<FittedCodec> cached(const CodecSpec& spec) const {
    if (config_.no_cache || !std::filesystem::exists(cache_file(spec))) return std::nullopt;
    return checked(load_fitted_codec(cache_file(spec)), spec, data_, cache_file(spec).string());
  }

  FittedCodec fit(const CodecSpec& spec) const {
    FittingOptions options;
    options.threads = thread_count(config_);
    options.progress = progress_;
    options.known = learned_by_first_stages(spec);
    if (!config_.no_cache) {
      make_folder(cache_file(spec).parent_path(), "choose another --cache_dir, or pass --no_cache");
      options.checkpoint = cache_file(spec).string() + ".part";
    }
    FittedCodec fitted = fit_on_dataset(spec, fit_on_, config_, config_.fit_images, options);
    fitted.origin.command = "packrat run";
    if (!config_.no_cache) save_fitted_codec(cache_file(spec), fitted);
    return fitted;
  }

  const std::string& fit_on() const { return fit_on_; }

 private:
  bool is_streams_own(const std::string& dataset) const { return dataset == dataset_name(config_.dataset); }

  std::string name(const CodecSpec& spec) const {
    const std::string encoder = names_features(config_.dataset) ? "files" : encoder_label(config_);
    return fitted_codec_name(spec.text(), encoder, file_letters(cut_of(config_)));
  }

  std::filesystem::path cache_file(const CodecSpec& spec) const {
    // "sealed": files of versions that wrote no checksum have other names.
    const std::string key = fmt::format("sealed {} {}{} {} {} {}", spec.text(), fit_on_, fit_on_sha256_,
                                        config_.fit_images, data_.weights_sha256, config_.encoder_dtype) +
                            image_form(config_).suffix() + preprocessing_of(config_);
    const std::uint64_t hash = checksum({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
    return encoding_cache_dir(config_) / fmt::format("{}_{:016x}.codec", name(spec), hash);
  }

  /// The longest part of the chain, from its front, that is known already.
  std::vector<std::vector<std::uint8_t>> learned_by_first_stages(const CodecSpec& spec) const {
    for (std::size_t count = spec.stages().size() - 1; count > 0; --count) {
      const CodecSpec part = spec.front(count);
      if (!part.learns()) continue;
      if (auto known = shipped(part)) return known->learned;
      if (auto known = cached(part)) return known->learned;
    }
    return {};
  }

  const RunConfig& config_;
  const PreparedData& data_;
  const ProgressFn& progress_;
  std::string fit_on_;
  std::string fit_on_sha256_;  // of features from files, whose name does not tell what is in them
};

RunCodec finished(const FittedCodec& fitted, const Domain& domain, const std::string& from) {
  return {std::make_shared<const Codec>(make_fitted_codec(fitted, domain)),
          fmt::format("{}, fitted on {} images of {}", from, fitted.origin.images, fitted.origin.dataset)};
}

}  // namespace

std::string default_fitting_dataset(const std::string& stream_dataset) {
  if (names_features(stream_dataset))
    throw UserError(
        fmt::format("the codec has to learn first, and for {} there is no other data set to learn on: give "
                    "--codec_file (packrat fit), or name one with --fit_on, such as --fit_on {}",
                    stream_dataset, stream_dataset));
  return dataset_name(stream_dataset) == "cifar10" ? "cifar100" : "cifar10";
}

FittedCodec fit_on_dataset(const CodecSpec& spec, const std::string& dataset, const RunConfig& config,
                           std::int64_t images, const FittingOptions& options) {
  check_codec(spec, domain_of(config, describe_dataset(dataset, config.data_dir, options.progress,
                                                       image_form(config))));
  const FittingSet set(dataset, config.data_dir, encoding_options(config), images, options.seed,
                       options.progress);
  const Codec codec = fit_codec(spec, set.domain(), set.rows(), options);
  const FittingRows rows = set.rows();
  const Distortion distortion = measure_distortion(codec, rows.held_out);
  return {spec.text(),
          set.domain().shape,
          set.domain().pixels,
          codec.shared_by_stage(),
          {set.dataset().name, set.data_sha256(), rows.train.count + rows.held_out.count, options.seed,
           config.encoder, cut_of(config), set.weights_sha256(), distortion.mse, distortion.psnr_db,
           distortion.mean_entry_bytes, ""}};
}

RunCodec codec_for_run(const RunConfig& config, const PreparedData& data, const ProgressFn& progress,
                       const std::function<void(const std::string&)>& note) {
  const CodecSpec spec = codec_spec(config, data.weights_sha256);
  if (!spec.learns()) {
    if (!config.codec_file.empty() || !config.fit_on.empty())
      throw UserError(fmt::format("--{} is for codecs that learn, but {} has nothing to learn: leave it out",
                                  config.codec_file.empty() ? "fit_on" : "codec_file", spec.text()));
    return {std::make_shared<const Codec>(make_codec(spec, data.domain)), ""};
  }
  if (!config.codec_file.empty())
    return finished(checked(load_fitted_codec(config.codec_file), spec, data, config.codec_file), data.domain,
                    config.codec_file);
  const CodecSource source(config, data, progress);
  if (const auto shipped = source.shipped(spec)) return finished(*shipped, data.domain, "ships with Packrat");
  if (const auto cached = source.cached(spec)) return finished(*cached, data.domain, "from the cache");
  note(fmt::format("codec: {} has to learn first; fitting it on {}", spec.text(), source.fit_on()));
  return finished(source.fit(spec), data.domain, "fitted now");
}

}  // namespace packrat
