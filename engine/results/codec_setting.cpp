#include "engine/results/codec_setting.h"

#include "compressors/codec_spec.h"
#include "compressors/spec_text.h"
#include "engine/experiment/run_options.h"
#include "engine/methods/method_table.h"

namespace packrat {
std::string codec_setting(const std::map<std::string, std::string>& options) {
  const auto text = [&](const std::string& name) {
    const auto it = options.find(name);
    return it == options.end() ? std::string() : it->second;
  };
  const std::string method = text("method");
  if (!method.empty() && !keeps_entries(method)) return method;
  const std::string state = method.empty() || method == kReplayMethod ? "" : method + " ";
  if (const std::string codec = text("codec"); !codec.empty()) return state + codec;
  std::string setting = state + text("compressor");
  for (const RunOption& option : run_options())
    if (option.part == "compressor" && options.count(option.name) > 0) setting += " " + text(option.name);
  return setting;
}

std::string codec_family(const std::string& spec) {
  std::string family;
  for (const StageText& stage : parse_spec(spec))
    family += (family.empty() ? "" : "+") + published_stage_name(stage.name);
  return family;
}

}  // namespace packrat
