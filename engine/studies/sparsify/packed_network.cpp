#include "engine/studies/sparsify/packed_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/experiment/run_options.h"
#include "engine/studies/sparsify/head_plan.h"
#include "engine/studies/sparsify/packed_file.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostSide = 4096, kMostClasses = 65536, kMostWeights = std::int64_t{1} << 28;

/// The options that decide how a head's test images are encoded and scored.
const RunField kHeadOptions[] = {&RunConfig::dataset,        &RunConfig::encoder,
                                 &RunConfig::encoding_block, &RunConfig::blocks,
                                 &RunConfig::pool,           &RunConfig::views,
                                 &RunConfig::encoder_dtype,  &RunConfig::weights,
                                 &RunConfig::backbone,       &RunConfig::num_classes_per_task,
                                 &RunConfig::test_features};

nlohmann::json describe_head(const ModelInfo& info) {
  nlohmann::json json = to_json(info), options;
  for (const RunField field : kHeadOptions)
    if (const std::string& name = find_run_option(field).name; json["config"].contains(name))
      options[name] = json["config"][name];
  json["config"] = options;
  if (info.config.test_features == "roundtrip")
    json["codec_shared"] = info.codec_shared;
  else
    json.erase("codec");
  return json;
}

ModelInfo head_from(const nlohmann::json& json) {
  ModelInfo info = model_info_from_json(json);
  info.codec_shared = json.value("codec_shared", std::vector<std::uint8_t>());
  return info;
}

std::string describe(const PackedInfo& info) {
  nlohmann::json json{{"model", info.model},
                      {"dataset", info.dataset},
                      {"image", info.image},
                      {"classes", info.classes},
                      {"complex", info.field == NumberField::kComplex}};
  if (info.head) json["head"] = describe_head(*info.head);
  return json.dump();
}

PackedInfo info_from(const std::string& text) {
  const auto json = parse_json(text);
  PackedInfo info{json.at("model"),
                  json.at("dataset"),
                  json.at("image"),
                  json.at("classes"),
                  json.at("complex").get<bool>() ? NumberField::kComplex : NumberField::kReal,
                  std::nullopt};
  if (json.contains("head")) info.head = head_from(json.at("head"));
  for (const std::int64_t side : info.image)
    if (side < 1 || side > kMostSide) throw CorruptEntry(fmt::format("its images have a side of {}", side));
  if (info.classes < 1 || info.classes > kMostClasses)
    throw CorruptEntry(fmt::format("it has {} classes", info.classes));
  return info;
}

NetworkPlan plan_of_head(const PackedInfo& info) {
  const HeadSpec spec = head_spec(info.head->config, info.image, static_cast<int>(info.classes));
  const bool fits =
      takes_any_maps(spec.kind) || spec.in_shape == find_backbone(spec.kind).output_shape(spec.after);
  if (!fits || info.head->class_order.size() != static_cast<std::size_t>(info.classes) ||
      info.head->class_names.size() != info.head->class_order.size())
    throw CorruptEntry("its description contradicts itself");
  return head_plan(spec);
}

NetworkPlan plan_of(const PackedInfo& info) {
  if (info.head) return plan_of_head(info);
  const std::vector<NetworkPlan>& plans = network_plans();
  const auto plan =
      std::find_if(plans.begin(), plans.end(), [&](const NetworkPlan& p) { return p.name == info.model; });
  if (plan == plans.end())
    throw CorruptEntry(fmt::format("its network is called '{}', which is not known", info.model));
  return *plan;
}

/// What a description asks for must not exhaust the memory before its weights are found missing.
void check_size(const NetworkPlan& plan, const PackedInfo& info) {
  std::int64_t weights = 0;
  for (const PlannedLayer& layer : plan.layers(info.image, info.classes)) {
    const LayerShape& s = layer.shape;
    weights += s.inputs * s.outputs * std::max<std::int64_t>(1, s.kernel * s.kernel);
    if (weights > kMostWeights) throw CorruptEntry("its network is too large");
  }
}

/// The name of the tensor behind a mask's or weight's: "fc1" for "fc1.mask".
std::string_view layer_of(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

bool is_mask(std::string_view name) {
  return name.substr(layer_of(name).size()) == ".mask";
}

/// The mask that says which values of a tensor are kept; nullptr when all are.
const at::Tensor* mask_of(const StateDict& state, std::string_view name) {
  if (name.substr(layer_of(name).size()) != ".weight") return nullptr;
  return find_tensor(state, std::string(layer_of(name)) + ".mask");
}

std::vector<std::uint8_t> encode(const PackedInfo& info, const SparseNetwork& network, PackedSize& size) {
  std::vector<std::uint8_t> body;
  const StateDict state = network.state();
  for (const auto& [name, tensor] : state) {
    if (is_mask(name)) continue;
    const auto* values = tensor.data_ptr<float>();
    if (const at::Tensor* mask = mask_of(state, name)) {
      const at::Tensor keep = mask->contiguous();
      const PackedBytes taken = write_kept_weights(
          {values, keep.data_ptr<float>(), keep.numel(), tensor.numel() / keep.numel()}, body);
      size.of_weights.index += taken.index;
      size.of_weights.values += taken.values;
    } else {
      ByteWriter(body).bytes(values, tensor.nbytes());
    }
  }
  std::vector<std::uint8_t> file = seal_packed_file(describe(info), body);
  size.file = static_cast<std::int64_t>(file.size());
  return file;
}

/// Fills what SparseNetwork::state() gave; weights and masks are 0 before.
void read_tensors(ByteReader& reader, StateDict& state) {
  for (auto& [name, tensor] : state) {
    if (is_mask(name)) continue;
    auto* values = tensor.data_ptr<float>();
    if (const at::Tensor* mask = mask_of(state, name))
      read_kept_weights(reader, mask->numel(), tensor.numel() / mask->numel(), values,
                        mask->data_ptr<float>());
    else
      std::memcpy(values, reader.bytes(tensor.nbytes()), tensor.nbytes());
  }
  if (reader.left() != 0) throw CorruptEntry("there are bytes behind its weights");
}

/// Every weight 0 and dropped.
void drop_all(SparseNetwork& network) {
  network.begin_relevance();
  std::vector<at::Tensor> masks;
  for (const at::Tensor& like : network.log_sigma2()) masks.push_back(at::zeros(like.sizes()));
  network.begin_masked(masks);
}

PackedNetwork decode(const PackedFile& file) {
  const PackedInfo info = info_from(file.description);
  const NetworkPlan plan = plan_of(info);
  check_size(plan, info);
  PackedNetwork packed{info, SparseNetwork(plan, info.image, info.classes, info.field, Rng(0))};
  drop_all(packed.network);
  StateDict state = packed.network.state();
  ByteReader reader(file.body);
  read_tensors(reader, state);
  packed.network.load(state);
  return packed;
}

}  // namespace

PackedSize packed_size(const PackedInfo& info, const SparseNetwork& network) {
  PackedSize size;
  encode(info, network, size);
  return size;
}

PackedSize save_packed_network(const std::filesystem::path& path, const PackedInfo& info,
                               const SparseNetwork& network) {
  PackedSize size;
  const std::vector<std::uint8_t> bytes = encode(info, network, size);
  write_file_atomically(path, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  });
  return size;
}

PackedNetwork read_packed_network(ByteView file) {
  try {
    return decode(open_packed_file(file));
  } catch (const nlohmann::json::exception&) {
    throw CorruptEntry("its description is damaged");
  } catch (const UserError& error) {  // of a plan that its images do not fit
    throw CorruptEntry(error.what());
  }
}

PackedNetwork load_packed_network(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  try {
    return read_packed_network({bytes.data(), bytes.size()});
  } catch (const CorruptEntry& error) {
    throw UserError(
        fmt::format("{} is no sound packed network ({}): write it again with `packrat sparsify "
                    "--resume --export`",
                    path.string(), error.what()));
  }
}

}  // namespace packrat
