#include "engine/fitting/fitted_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "compressors/codec.h"
#include "compressors/kernels/half.h"
#include "compressors/kernels/quantize.h"
#include "compressors/registry.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/core/safetensors.h"

namespace packrat {
namespace {

using nlohmann::json;

constexpr const char* kCodecKey = "packrat_codec";

/// The bytes as half-precision values when they are float32 values that lose nothing by it.
std::optional<std::vector<std::uint8_t>> as_half(const std::vector<std::uint8_t>& bytes) {
  if (bytes.empty() || bytes.size() % sizeof(float) != 0) return std::nullopt;
  const auto count = static_cast<std::int64_t>(bytes.size() / sizeof(float));
  std::vector<float> values(static_cast<std::size_t>(count)), back(values.size());
  std::memcpy(values.data(), bytes.data(), bytes.size());
  std::vector<std::uint8_t> half(2 * values.size());
  const bool finite = kernels::all_finite(values.data(), count) &&
                      kernels::to_float16(values.data(), count, half.data()) &&
                      kernels::from_float16(half.data(), count, back.data());
  if (!finite || std::memcmp(back.data(), bytes.data(), bytes.size()) != 0) return std::nullopt;
  return half;
}

std::vector<std::uint8_t> bytes_of_tensor(const SafetensorsTensor& tensor) {
  const std::uint8_t* const data = tensor.bytes.data;
  if (tensor.type == "U8") return {data, data + tensor.bytes.size};
  std::vector<float> values(tensor.bytes.size / 2);
  if (tensor.type != "F16" ||
      !kernels::from_float16(data, static_cast<std::int64_t>(values.size()), values.data()))
    throw UserError(fmt::format("{} is of type {}, or not finite", tensor.name, tensor.type));
  const auto* const plain = reinterpret_cast<const std::uint8_t*>(values.data());
  return {plain, plain + values.size() * sizeof(float)};
}

json describe(const FittedCodec& fitted) {
  const FitOrigin& from = fitted.origin;
  json j = {{"spec", fitted.spec},
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
  if (fitted.std[0] > 0) j.update({{"mean", fitted.mean}, {"std", fitted.std}});
  return j;
}

FittedCodec parse(const json& j, const std::vector<SafetensorsTensor>& tensors) {
  FittedCodec fitted;
  fitted.spec = j.at("spec");
  fitted.shape = j.at("shape");
  fitted.pixels = j.at("pixels");
  fitted.mean = j.value("mean", fitted.mean);
  fitted.std = j.value("std", fitted.std);
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
    const std::string name = fmt::format("stage.{}", stage);
    const auto tensor =
        std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
    if (tensor == tensors.end()) throw UserError(fmt::format("what stage {} learned is missing", stage));
    fitted.learned.push_back(bytes_of_tensor(*tensor));
  }
  return fitted;
}

}  // namespace

void write_fitted_codec(std::ostream& out, const FittedCodec& fitted) {
  std::vector<std::vector<std::uint8_t>> halves;
  halves.reserve(fitted.learned.size());
  std::vector<SafetensorsTensor> tensors;
  for (std::size_t stage = 0; stage < fitted.learned.size(); ++stage) {
    const auto half = as_half(fitted.learned[stage]);
    const std::vector<std::uint8_t>& bytes = half ? halves.emplace_back(*half) : fitted.learned[stage];
    const auto count = static_cast<std::int64_t>(half ? bytes.size() / 2 : bytes.size());
    tensors.push_back(
        {fmt::format("stage.{}", stage), half ? "F16" : "U8", {count}, {bytes.data(), bytes.size()}});
  }
  emit_safetensors(out, tensors, {{kCodecKey, describe(fitted).dump()}});
}

void save_fitted_codec(const std::filesystem::path& path, const FittedCodec& fitted) {
  write_file_atomically(path, [&](std::ostream& out) { write_fitted_codec(out, fitted); });
}

FittedCodec read_fitted_codec(ByteView file, const std::string& name, const std::function<bool()>& is_known) {
  constexpr const char* kRemedy = "delete it and fit it again, or choose another";
  try {
    if (!looks_like_safetensors(file)) throw UserError("this is no safetensors file");
    const SafetensorsFile parsed = parse_safetensors(file);
    const auto found = parsed.metadata.find(kCodecKey);
    if (found == parsed.metadata.end()) throw UserError("is not a codec fitted by `packrat fit`");
    if (!parsed.sealed && !(is_known && is_known()))
      throw UserError("carries no checksum: it is damaged, or an older version of Packrat wrote it");
    return parse(parse_json(found->second), parsed.tensors);
  } catch (const json::exception&) {
    throw UserError(fmt::format("{} is damaged: its description cannot be read; {}", name, kRemedy));
  } catch (const CorruptEntry& error) {
    throw UserError(fmt::format("{}: {}; {}", name, error.what(), kRemedy));
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}; {}", name, error.what(), kRemedy));
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
