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

CLI::Option* add_run_option(CLI::App& command, const RunOption& row, RunConfig& config) {
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

void add_run_options(CLI::App& command, std::initializer_list<RunField> fields, RunConfig& config,
                     const std::string& group) {
  for (const RunField field : fields) {
    CLI::Option* const option = add_run_option(command, find_run_option(field), config);
    if (!group.empty()) option->group(group);
  }
}

void add_codec_data_options(CLI::App& command, RunConfig& config) {
  using C = RunConfig;
  add_run_options(command,
                  {&C::dataset, &C::data_dir, &C::image_size, &C::image_crop, &C::encoder, &C::encoding_block,
                   &C::encoder_dtype, &C::weights, &C::pool, &C::normalise, &C::channel_order, &C::cache_dir,
                   &C::fit_on, &C::codec_file, &C::fit_images, &C::threads, &C::no_cache},
                  config);
}

}  // namespace packrat
