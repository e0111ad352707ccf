#include "engine/experiment/onnx_defaults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/experiment/option_text.h"
#include "engine/onnx/onnx_source.h"

namespace packrat {
namespace {

std::vector<std::string> keys_beside_onnx() {
  std::vector<std::string> keys;
  for (const RunOption& option : run_options())
    if (option.beside_onnx) keys.push_back(option.name);
  return keys;
}

}  // namespace

void apply_onnx_defaults(RunConfig& config, const std::set<std::string>& given) {
  if (!names_onnx_file(config.encoder)) return;
  const std::string path = onnx_source(config.encoder).file.string() + ".json";
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return;
  try {
    const nlohmann::json options = parse_json(read_text(path));
    for (const auto& [key, value] : options.items()) {
      const RunOption* const option = known_run_option(key);
      if (option == nullptr || !option->beside_onnx)
        throw UserError(
            fmt::format("there is no '{}': choose from {}", key, fmt::join(keys_beside_onnx(), ", ")));
      if (given.count(key) > 0 || is_set(*option, config)) continue;
      set_option(*option, value.is_string() ? value.get<std::string>() : value.dump(), config);
    }
  } catch (const nlohmann::json::exception&) {
    throw UserError(
        fmt::format("{}: this is no JSON object of options, such as {{\"image_size\": 224}}", path));
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace packrat
