#include "tools/run_option.h"

#include "engine/experiment/option_text.h"
#include "tools/number_option.h"

namespace packrat {
namespace {

template <typename Field>
const char* type_name_of(Field RunConfig::*) {
  if constexpr (std::is_arithmetic_v<Field>)
    return number_type_name<Field>();
  else
    return "TEXT";
}

}  // namespace

CLI::Option* add_run_option(CLI::App& command, const std::string& name, RunConfig& config) {
  const RunOption& row = find_run_option(name);
  return std::visit(
      [&](auto field) {
        if constexpr (std::is_same_v<decltype(field), bool RunConfig::*>)
          return command.add_flag("--" + row.name, config.*field, row.help);
        else
          return command
              .add_option_function<std::string>(
                  "--" + row.name,
                  [&row, &config](const std::string& text) { set_option(row, text, config); }, row.help)
              ->type_name(type_name_of(field))
              ->default_str(value_text(row, config));
      },
      row.field);
}

void add_codec_data_options(CLI::App& command, RunConfig& config) {
  for (const char* name : {"dataset", "data_dir", "encoder", "encoding_block", "encoder_dtype", "weights",
                           "cache_dir", "fit_on", "codec_file", "fit_images", "threads", "no_cache"})
    add_run_option(command, name, config);
}

}  // namespace packrat
