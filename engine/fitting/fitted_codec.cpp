#include "engine/fitting/fitted_codec.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "models/state_dict.h"
#include "models/weights_dir.h"
#include "models/weights_io.h"

namespace packrat {
namespace {

using nlohmann::json;

constexpr const char* kCodecKey = "packrat_codec";

/// The bytes as half-precision values when they are float32 values that lose nothing by it.
std::optional<at::Tensor> as_half(const std::vector<std::uint8_t>& bytes) {
  if (bytes.empty() || bytes.size() % sizeof(float) != 0) return std::nullopt;
  at::Tensor values = at::empty({static_cast<std::int64_t>(bytes.size() / sizeof(float))}, at::kFloat);
  std::memcpy(values.data_ptr<float>(), bytes.data(), bytes.size());
  at::Tensor half = values.to(at::kHalf);
  const at::Tensor back = half.to(at::kFloat);
  if (std::memcmp(back.data_ptr<float>(), bytes.data(), bytes.size()) != 0) return std::nullopt;
  return half;
}

at::Tensor to_tensor(const std::vector<std::uint8_t>& bytes) {
  if (auto half = as_half(bytes)) return *half;
  at::Tensor plain = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  if (!bytes.empty()) std::memcpy(plain.data_ptr<std::uint8_t>(), bytes.data(), bytes.size());
  return plain;
}

std::vector<std::uint8_t> to_bytes(const at::Tensor& tensor) {
  const at::Tensor plain = (tensor.scalar_type() == at::kHalf ? tensor.to(at::kFloat) : tensor).contiguous();
  const auto* data = static_cast<const std::uint8_t*>(plain.data_ptr());
  return {data, data + plain.nbytes()};
}

json describe(const FittedCodec& fitted) {
  const FitOrigin& from = fitted.origin;
  return {{"spec", fitted.spec},
          {"shape", fitted.shape},
          {"pixels", fitted.pixels},
          {"stages", fitted.learned.size()},
          {"fitted_on", from.dataset},
          {"data_sha256", from.data_sha256},
          {"images", from.images},
          {"seed", from.seed},
          {"encoder", from.encoder},
          {"cut", from.cut},
          {"weights_sha256", from.weights_sha256},
          {"mse", from.mse},
          {"psnr_db", std::isfinite(from.psnr_db) ? json(from.psnr_db) : json()},
          {"entry_bytes", from.entry_bytes},
          {"command", from.command}};
}

FittedCodec parse(const json& j, const StateDict& tensors) {
  FittedCodec fitted;
  fitted.spec = j.at("spec");
  fitted.shape = j.at("shape");
  fitted.pixels = j.at("pixels");
  const json& psnr = j.at("psnr_db");
  fitted.origin = {j.at("fitted_on"),
                   j.at("data_sha256"),
                   j.at("images"),
                   j.at("seed"),
                   j.at("encoder"),
                   j.at("cut"),
                   j.at("weights_sha256"),
                   j.at("mse"),
                   psnr.is_null() ? INFINITY : psnr.get<double>(),
                   j.value("entry_bytes", 0.0),
                   j.at("command")};
  for (std::size_t stage = 0; stage < j.at("stages").get<std::size_t>(); ++stage) {
    const at::Tensor* tensor = find_tensor(tensors, fmt::format("stage.{}", stage));
    if (tensor == nullptr) throw UserError(fmt::format("what stage {} learned is missing", stage));
    fitted.learned.push_back(to_bytes(*tensor));
  }
  return fitted;
}

}  // namespace

void save_fitted_codec(const std::filesystem::path& path, const FittedCodec& fitted) {
  StateDict tensors;
  for (std::size_t stage = 0; stage < fitted.learned.size(); ++stage)
    tensors.emplace_back(fmt::format("stage.{}", stage), to_tensor(fitted.learned[stage]));
  write_safetensors(path, tensors, {{kCodecKey, describe(fitted).dump()}});
}

FittedCodec load_fitted_codec(const std::filesystem::path& path) {
  const WeightsFile file = read_own_file(
      path, {kCodecKey, "a codec fitted by `packrat fit`", "delete it and fit it again, or choose another"},
      shipped_digests());
  try {
    return parse(json::parse(file.metadata.at(kCodecKey)), file.tensors);
  } catch (const std::exception& error) {
    throw UserError(fmt::format("{} is damaged: {}", path.string(), error.what()));
  }
}

Codec make_fitted_codec(const FittedCodec& fitted, const Domain& domain) {
  if (fitted.shape != domain.shape || fitted.pixels != domain.pixels)
    throw UserError(fmt::format(
        "{} was fitted on {} of {}x{}x{}, but is to code {} of {}x{}x{}: fit it on those", fitted.spec,
        fitted.pixels ? "images" : "feature maps", fitted.shape[0], fitted.shape[1], fitted.shape[2],
        domain.pixels ? "images" : "feature maps", domain.shape[0], domain.shape[1], domain.shape[2]));
  std::vector<std::uint8_t> all;
  for (const std::vector<std::uint8_t>& part : fitted.learned)
    all.insert(all.end(), part.begin(), part.end());
  return make_codec(fitted.spec, domain, ByteView{all.data(), all.size()});
}

std::string fitted_codec_name(const std::string& spec, const std::string& encoder, const std::string& cut) {
  std::string name;
  for (const char c : spec) name += std::isalnum(static_cast<unsigned char>(c)) || c == '.' ? c : '-';
  return name + "_" + (encoder == "none" ? "pixels" : encoder + "-" + cut);
}

}  // namespace packrat
