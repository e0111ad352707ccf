#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "engine/core/error.h"
#include "engine/onnx/onnx_graph.h"
#include "engine/topology/recognition.h"
#include "models/encoder_weights.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/profile_text.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct ProfileOptions {
  std::string model, checkpoint, input;
  std::int64_t classes = 0;  ///< 0: the network's own
  bool list = false;
  std::string counting{counting_rules().front().name};
  std::vector<int> bits{kPrecisions.begin(), kPrecisions.end()};
  std::string format = "table";
};

ProfileFormat parse_format(const std::string& text) {
  return text == "json" ? ProfileFormat::kJson : text == "csv" ? ProfileFormat::kCsv : ProfileFormat::kTable;
}

Network network_of(const NetworkInfo& row, const ProfileOptions& options, std::int64_t classes) {
  return row.build(options.input.empty() ? row.input : parse_map_shape(options.input), classes);
}

Network named_network(const ProfileOptions& options) {
  const NetworkInfo& row = find_network(options.model);
  if (options.classes > 0 && row.classes == 0)
    throw UserError(fmt::format("{} does not classify: leave --classes out", row.name));
  return network_of(row, options, options.classes > 0 ? options.classes : row.classes);
}

Network network_in_file(const ProfileOptions& options) {
  need_tensors();
  std::vector<TensorShape> shapes;
  StateDict tensors = read_weights(options.checkpoint).tensors;
  drop_wrappers(tensors);
  for (const auto& [name, tensor] : tensors) shapes.push_back({name, tensor.sizes().vec()});
  const Recognition found = [&] {
    try {
      return recognise_network(shapes);
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: {}", options.checkpoint, error.what()));
    }
  }();
  fmt::print(stderr, "{}: its tensors are those of {} with {} classes{}\n", options.checkpoint,
             found.network->name, found.classes,
             found.extra.empty() ? "" : fmt::format("; not counted: {}", fmt::join(found.extra, ", ")));
  return network_of(*found.network, options, found.classes);
}

bool is_onnx_file(const std::string& model) {
  const std::string file = model.substr(0, model.find('@'));
  return names_onnx_file(model) || (file.size() > 5 && file.substr(file.size() - 5) == ".onnx");
}

Network network_in_onnx(const ProfileOptions& options) {
  if (options.classes > 0) throw UserError("--classes belongs to a network of --list: leave it out");
  std::int64_t side = 0;
  if (!options.input.empty()) {
    const MapShape input = parse_map_shape(options.input);
    if (input.channels != 3 || input.height != input.width)
      throw UserError(
          fmt::format("--input {}: give 3xSxS for an ONNX file, such as 3x224x224", options.input));
    side = input.height;
  }
  const OnnxGraph graph(onnx_source(names_onnx_file(options.model) ? options.model : "onnx:" + options.model),
                        side);
  std::vector<std::string> left_out;
  Network network = graph.network(left_out);
  fmt::print(stderr, "{}: {} a row; layers are called by their tensors{}\n", graph.source().file.string(),
             map_text(map_shape(graph.shape())),
             left_out.empty() ? "" : fmt::format("; not counted: {}", fmt::join(left_out, ", ")));
  return network;
}

void profile(const ProfileOptions& options) {
  const CountingRule& rule = find_counting_rule(options.counting);
  const bool list = options.list || (options.model.empty() && options.checkpoint.empty());
  if (list && (!options.input.empty() || options.classes > 0))
    throw UserError("--input and --classes belong to one network: name a MODEL, or give --checkpoint FILE");
  if (list) {
    fmt::print("{}", network_list_text(rule, parse_format(options.format)));
    return;
  }
  const Network network = !options.checkpoint.empty()   ? network_in_file(options)
                          : is_onnx_file(options.model) ? network_in_onnx(options)
                                                        : named_network(options);
  const Profile result{network, &rule, count_network(network, rule), options.bits};
  fmt::print("{}", profile_text(result, parse_format(options.format)));
}

}  // namespace

void add_profile_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "profile", "Count a network's multiply-accumulates, parameters, bytes and operational intensity");
  const auto options = std::make_shared<ProfileOptions>();
  const auto model = command->add_option(
      "MODEL", options->model, "A network of --list, such as resnet50, or an ONNX file: FILE.onnx[@OUTPUT]");
  const auto checkpoint = command->add_option(
      "--checkpoint", options->checkpoint, "A safetensors or PyTorch file: tells its network by its tensors");
  const auto list =
      command->add_flag("--list", options->list, "Name all networks, with their counts; so does no MODEL");
  command->add_option("--input", options->input,
                      "Shape of the input, CxHxW, such as 3x224x224; default: the network's own");
  const auto classes = add_number(*command, "--classes", options->classes,
                                  "Classes that it tells apart; default: the network's own", {1, 1000000})
                           ->default_str("");
  std::string rules = "What counts as a multiply-accumulate";
  for (const CountingRule& rule : counting_rules()) rules += fmt::format("; {}: {}", rule.name, rule.summary);
  command->add_option("--counting", options->counting, rules)->capture_default_str();
  add_numbers(*command, "--bits", options->bits, "Precisions for bytes and intensities, 1 to 64, with commas",
              {1, 64});
  command->add_option("--format", options->format, "csv holds the layers alone")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  checkpoint->excludes(model)->excludes(classes)->excludes(list);
  list->excludes(model);
  command->callback([options] { profile(*options); });
}

}  // namespace packrat
