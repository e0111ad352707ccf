#include "engine/experiment/model_file.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "compressors/codec.h"
#include "compressors/distortion.h"
#include "compressors/registry.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/result_log.h"
#include "engine/experiment/run_method.h"
#include "engine/experiment/run_options.h"
#include "engine/features/mapped_features.h"
#include "engine/methods/hybrid_spec.h"
#include "engine/methods/method_table.h"
#include "engine/train/evaluation.h"
#include "models/torch_runtime.h"
#include "models/weights_dir.h"
#include "models/weights_io.h"

namespace packrat {
namespace {

constexpr const char* kModelKey = "packrat_model";
constexpr const char* kCodecTensor = "codec.shared";   // among the head's tensors
constexpr const char* kMethodTensor = "method.state";  // in place of them, or among them

std::filesystem::path weights_file(const RunConfig& config) {
  if (!config.weights.empty()) return config.weights;
  if (names_onnx_file(config.encoder)) return encoder_source(config).file;
  return shipped_weights(find_encoder(config.encoder));
}

/// The options as they stand in the metadata, read back.
RunConfig config_from_json(const nlohmann::json& stored) {
  RunConfig config;
  for (const auto& [name, value] : stored.items())
    std::visit([&, &v = value](auto field) { v.get_to(config.*field); }, find_run_option(name).field);
  return config;
}

at::Tensor tensor_of(const std::vector<std::uint8_t>& bytes) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  std::copy(bytes.begin(), bytes.end(), tensor.data_ptr<std::uint8_t>());
  return tensor;
}

/// What a head and its codec are written as.
StateDict head_tensors(const Head& head, const ModelInfo& info) {
  StateDict tensors = head_state(head);
  tensors.emplace_back(kCodecTensor, tensor_of(info.codec_shared));
  return tensors;
}

/// Takes bytes out of the tensors, such as what the codec shares; nothing when they are not among them.
std::vector<std::uint8_t> take_bytes(StateDict& tensors, const char* name) {
  std::vector<std::uint8_t> shared;
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.first == name; });
  if (found == tensors.end()) return shared;
  const at::Tensor bytes = found->second.to(at::kByte).contiguous();
  shared.assign(bytes.data_ptr<std::uint8_t>(), bytes.data_ptr<std::uint8_t>() + bytes.numel());
  tensors.erase(found);
  return shared;
}

/// Mean and deviation of the images; files of earlier versions leave them to the table of data sets.
std::pair<std::array<float, 3>, std::array<float, 3>> normalisation(const nlohmann::json& stored,
                                                                    const RunConfig& config) {
  if (stored.contains("mean")) return {stored.at("mean"), stored.at("std")};
  const DatasetInfo& info = find_dataset(config.dataset);
  return {info.mean, info.std};
}

/// What the rows of a model are, `shape` at its door.
Domain domain_of_model(const ModelInfo& model, const Shape3& shape) {
  if (model.config.encoder == "none" && !names_features(model.config.dataset))
    return pixel_domain(model.mean, model.std, image_form(model.config));
  Domain domain;
  domain.shape = shape;
  return domain;
}

/// Replaces rows [count, width] by what the model's codec gives back for them, when the run scored such rows.
void round_trip_like_the_run(const ModelInfo& model, const Domain& domain, std::int64_t count,
                             std::vector<float>& rows) {
  if (model.codec.empty() || model.config.test_features != "roundtrip") return;
  if (parse_hybrid(model.config.method)) return;  // its head alone is shown that
  const Codec codec =
      make_codec(model.codec, domain, ByteView{model.codec_shared.data(), model.codec_shared.size()});
  const Rows all{rows.data(), count, domain.values()};
  round_trip(codec, all, all);
}

}  // namespace

int thread_count(const RunConfig& config) {
  return config.threads > 0 ? static_cast<int>(config.threads)
                            : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::filesystem::path encoding_cache_dir(const RunConfig& config) {
  return config.cache_dir.empty() ? std::filesystem::path(config.data_dir) / "features"
                                  : std::filesystem::path(config.cache_dir);
}

EncodingOptions encoding_options(const RunConfig& config) {
  EncodingOptions options;
  options.image = image_form(config);
  if (config.encoder == "none") return options;
  const FeatureForm form = feature_form(config);
  if (names_onnx_file(config.encoder)) {
    options.backbone = encoder_label(config);
    options.onnx = OnnxOptions{encoder_source(config).output, config.channel_order == "bgr"};
  } else {
    options.backbone = find_encoder(config.encoder).name();
    options.cut = Cut(form.taps.back().block);
  }
  if (!form.is_plain_cut())
    for (const FeatureTap& tap : form.taps)
      options.taps.push_back({options.onnx ? Cut() : Cut(tap.block), tap.pooling});
  options.mirrored = form.mirrored;
  options.both_views = form.both_views;
  options.weights_file = weights_file(config);
  options.normalisation = normalisation_of(config);
  options.encoder.type = parse_encoder_type(config.encoder_dtype);
  options.encoder.threads = thread_count(config);
  options.encoder.device = parse_device(config.device);
  if (!config.no_cache) options.cache_dir = encoding_cache_dir(config);
  return options;
}

StreamOptions stream_options(const RunConfig& config) {
  StreamOptions options;
  options.num_tasks = static_cast<int>(config.num_tasks);
  options.classes_per_task = static_cast<int>(config.num_classes_per_task);
  options.seed = static_cast<std::uint64_t>(config.seed);
  if (config.class_order_seed >= 0)
    options.class_order_seed = static_cast<std::uint64_t>(config.class_order_seed);
  options.iid = config.stream == "iid";
  return options;
}

HeadSpec head_spec(const RunConfig& config, const Shape3& shape, int classes) {
  const FeatureForm form = feature_form(config);
  const Cut cut(form.taps.empty() || names_onnx_file(config.encoder) ? head_begins_after(config)
                                                                     : form.taps.back().block);
  const auto hybrid = parse_hybrid(config.method);
  return {head_kind(config), cut,           shape,          classes,
          HeadForm::kMatrix, config.hidden, config.dropout, hybrid && hybrid->prior};
}

nlohmann::json to_json(const ModelInfo& info) {
  return {{"config", config_to_json(info.config)},
          {"class_names", info.class_names},
          {"mean", info.mean},
          {"std", info.std},
          {"class_order", info.class_order},
          {"weights_sha256", info.weights_sha256},
          {"codec", info.codec}};
}

ModelInfo model_info_from_json(const nlohmann::json& stored) {
  const RunConfig config = config_from_json(stored.at("config"));
  const auto [mean, std] = normalisation(stored, config);
  return {config,
          stored.at("class_names"),
          mean,
          std,
          stored.at("class_order"),
          stored.at("weights_sha256"),
          stored.value("codec", ""),
          {}};
}

void save_model(const std::filesystem::path& path, const Head& head, const ModelInfo& info) {
  nlohmann::json stored = to_json(info);
  stored["shape"] = head.spec().in_shape;
  write_safetensors(path, head_tensors(head, info), {{kModelKey, stored.dump()}});
}

void save_model(const std::filesystem::path& path, const Hybrid& hybrid, const ModelInfo& info) {
  const Head& head = hybrid.replay().learner().head();
  nlohmann::json stored = to_json(info);
  stored["shape"] = head.spec().in_shape;
  stored["mixture"] = {{"head", hybrid.mixture().head}, {"closed", hybrid.mixture().closed}};
  StateDict tensors = head_tensors(head, info);
  tensors.emplace_back(kMethodTensor, tensor_of(hybrid.closed().state()));
  write_safetensors(path, tensors, {{kModelKey, stored.dump()}});
}

void save_model(const std::filesystem::path& path, const Method& method, const Shape3& shape,
                const ModelInfo& info) {
  nlohmann::json stored = to_json(info);
  stored["shape"] = shape;
  write_safetensors(path, {{kMethodTensor, tensor_of(method.state())}}, {{kModelKey, stored.dump()}});
}

namespace {

void load_closed_form(StateDict& tensors, SavedModel& model) {
  model.method = make_run_method(model.info.config, model.shape, model.classes());
  const std::vector<std::uint8_t> state = take_bytes(tensors, kMethodTensor);
  model.method->restore({state.data(), state.size()});
  model.method->fit(model.info.config.num_tasks - 1, {});
}

void load_head(StateDict& tensors, SavedModel& model) {
  model.head = make_head(head_spec(model.info.config, model.shape, model.classes()), 0);
  model.info.codec_shared = take_bytes(tensors, kCodecTensor);
  load_head_state(*model.head, tensors);
}

void load_mixture(const nlohmann::json& stored, SavedModel& model) {
  const ModelInfo& info = model.info;
  model.mixture = {stored.at("head"), stored.at("closed")};
  for (const double part : {model.mixture.head, model.mixture.closed})
    if (!std::isfinite(part) || part < 0)
      throw CorruptEntry(fmt::format("its mixture has a part of {}", part));
  if (info.config.test_features != "roundtrip" || info.codec.empty()) return;
  model.codec = make_codec(info.codec, domain_of_model(info, model.shape),
                           ByteView{info.codec_shared.data(), info.codec_shared.size()});
}

}  // namespace

SavedModel load_model(const std::filesystem::path& path) {
  WeightsFile file = read_own_file(
      path, {kModelKey, "a model saved by `packrat run --save_model`", "choose another, or save it again"});
  try {
    const auto stored = nlohmann::json::parse(file.metadata.at(kModelKey));
    SavedModel model{std::nullopt, model_info_from_json(stored), nullptr, stored.at("shape")};
    const RunConfig& config = model.info.config;
    if (config.method != kReplayMethod) load_closed_form(file.tensors, model);
    if (keeps_entries(config.method)) load_head(file.tensors, model);
    if (model.head && model.method) load_mixture(stored.at("mixture"), model);
    return model;
  } catch (const nlohmann::json::exception& error) {
    throw UserError(fmt::format("{} is damaged: {}", path.string(), error.what()));
  } catch (const CorruptEntry& error) {
    throw UserError(fmt::format("{} is damaged: {}", path.string(), error.what()));
  }
}

SavedModel load_head_model(const std::filesystem::path& path) {
  SavedModel model = load_model(path);
  if (model.method)
    throw UserError(fmt::format("{} is a model of {}, which {}: choose one of --method {}", path.string(),
                                model.info.config.method, model.head ? "is more than a head" : "has no head",
                                kReplayMethod));
  return model;
}

ScoreFn SavedModel::scorer() {
  const ScoreFn closed = [this](ConstRows rows, float* out) { method->scores(rows, out); };
  if (!head) return closed;
  ScoreFn trained = score_by(*head, info.config.device);
  if (!method) return trained;
  if (codec) trained = after_round_trip(std::move(trained), *codec);
  return mixed_scores(std::move(trained), closed, mixture, classes());
}

std::vector<float> model_rows(const SavedModel& model, const ImageSet& images, const ProgressFn& progress) {
  return model_rows(model.info, model.shape, images, progress);
}

std::vector<float> model_rows(const ModelInfo& model, const Shape3& shape, const MappedRows& features) {
  if (!names_features(model.config.dataset))
    throw UserError(fmt::format("the model was trained on images of {}, but {} holds features: give images",
                                model.config.dataset, features.file->path().string()));
  if (features.shape != shape)
    throw UserError(
        fmt::format("the model takes rows of {}, but {} has rows of {}: give features that are made in "
                    "the same way",
                    fmt::join(shape, "x"), features.file->path().string(), fmt::join(features.shape, "x")));
  std::vector<float> rows(static_cast<std::size_t>(features.count * features.width()));
  read_feature_rows(features, 0, features.count, rows.data());
  round_trip_like_the_run(model, domain_of_model(model, shape), features.count, rows);
  return rows;
}

std::vector<float> model_rows(const ModelInfo& model, const Shape3& shape, const ImageSet& images,
                              const ProgressFn& progress) {
  if (images.rows) return model_rows(model, shape, *images.rows);
  if (names_features(model.config.dataset))
    throw UserError(
        fmt::format("the model takes rows of {} features, not images: give files of features, such as "
                    "test.features.npy, or --dataset features:DIR",
                    fmt::join(shape, "x")));
  const std::int64_t count = images.count();
  const EncodingOptions options = encoding_options(model.config);
  std::vector<float> rows(static_cast<std::size_t>(count * shape[0] * shape[1] * shape[2]));
  if (!options.encodes()) {
    const Domain domain = pixel_domain(model.mean, model.std, options.image);
    rows = normalised_pixels(images, domain);
    round_trip_like_the_run(model, domain, count, rows);
    return rows;
  }
  const OpenedEncoder encoder = open_encoder(options);
  if (encoder.sha256 != model.weights_sha256)
    throw UserError(fmt::format(
        "{} has SHA-256 {}..., but the model was trained with encoder weights {}...: give those "
        "with --weights",
        options.weights_file.string(), encoder.sha256.substr(0, 12), model.weights_sha256.substr(0, 12)));
  const auto [mean, std] = options.normalisation_for(model.mean, model.std);
  encode_images(encoder.rows, images, 0, count, mean, std, options.mirrored, rows.data(), progress);
  round_trip_like_the_run(model, domain_of_model(model, shape), count, rows);
  return rows;
}

}  // namespace packrat
