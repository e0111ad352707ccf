#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/core/files.h"
#include "engine/data/dataset_name.h"
#include "engine/data/feature_files.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/model_test_set.h"
#include "models/torch_runtime.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/studies.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct ModelCommand {
  std::string model, dataset, data_dir = "data", weights, device = "cpu";
  std::int64_t threads = 0, top = 3;
  std::vector<std::string> images;
};

SavedModel open_model(const ModelCommand& options) {
  use_one_thread();
  SavedModel model = load_model(options.model);
  RunConfig& config = model.info.config;
  config.threads = options.threads;
  config.device = options.device;
  if (!options.weights.empty()) config.weights = options.weights;
  if (model.head) model.head->to(parse_device(options.device));
  return model;
}

/// Pictures that OpenCV reads, in the form of those that the model was trained on.
ImageSet read_pictures(const std::vector<std::string>& paths, const ImageForm& form) {
  std::vector<std::uint8_t> pixels;
  for (const std::string& path : paths) {
    const std::vector<std::uint8_t> file = read_file(path);
    const std::vector<std::uint8_t> image = decode_picture({file.data(), file.size()}, path, form);
    pixels.insert(pixels.end(), image.begin(), image.end());
  }
  return {std::move(pixels), std::vector<std::uint16_t>(paths.size()), form};
}

/// Names the class of a row, called so.
using NameRowFn = std::function<void(const std::string& what, const float* row)>;

/// The classes of highest score, with their probabilities where there are such.
void print_best(const at::Tensor& scores, const SavedModel& model, std::int64_t top) {
  const at::Tensor shown = model.gives_probabilities() ? 100 * at::softmax(scores, 1) : scores;
  const auto [best, which] = shown.topk(std::min<std::int64_t>(top, shown.size(1)), 1);
  for (std::int64_t i = 0; i < best.size(1); ++i)
    fmt::print("  {}  {}\n",
               fmt::format(fmt::runtime(model.gives_probabilities() ? "{:6.2f} %" : "score {:9.4g}"),
                           best[0][i].item<double>()),
               model.info.class_names.at(static_cast<std::size_t>(which[0][i].item<std::int64_t>())));
}

/// All rows of files of features, each with its place, for a model of such.
void predict_features(const SavedModel& model, const std::vector<std::string>& paths, const NameRowFn& name) {
  for (const std::string& path : paths) {
    const MappedRows mapped = open_feature_rows(path);
    check_finite(mapped, {});
    const std::vector<float> rows = model_rows(model.info, model.shape, mapped);
    for (std::int64_t row = 0; row < mapped.count; ++row)
      name(fmt::format("{} row {}", path, row), rows.data() + row * mapped.width());
  }
}

/// So many pictures at a time: each time the encoder is opened.
void predict_pictures(const SavedModel& model, const std::vector<std::string>& paths, const NameRowFn& name) {
  constexpr std::size_t kTogether = 256;
  for (std::size_t begin = 0; begin < paths.size(); begin += kTogether) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::vector<std::string> some(
        first, first + static_cast<std::ptrdiff_t>(std::min(kTogether, paths.size() - begin)));
    const std::vector<float> rows = model_rows(model, read_pictures(some, image_form(model.info.config)), {});
    for (std::size_t i = 0; i < some.size(); ++i) name(some[i], rows.data() + i * rows.size() / some.size());
  }
}

void predict(const ModelCommand& options) {
  need_tensors();
  SavedModel model = open_model(options);
  const ScoreFn score = model.scorer();
  at::Tensor scores = at::empty({1, model.classes()});
  const NameRowFn name = [&](const std::string& what, const float* row) {
    score({row, 1, model.shape[0] * model.shape[1] * model.shape[2]}, scores.data_ptr<float>());
    fmt::print("{}\n", what);
    print_best(scores, model, options.top);
  };
  const bool features = names_features(model.info.config.dataset);
  (features ? predict_features : predict_pictures)(model, options.images, name);
}

void eval(const ModelCommand& options) {
  SavedModel model = open_model(options);
  const RunConfig& config = model.info.config;
  const Dataset dataset = load_dataset(options.dataset.empty() ? config.dataset : options.dataset,
                                       options.data_dir, console_progress(), image_form(config));
  const ModelTestSet set = model_test_set(model.info, model.shape, dataset, console_progress());
  const Accuracy accuracy = evaluate(model.scorer(), set.rows(),
                                     {model.classes(), config.num_classes_per_task, thread_count(config)});
  fmt::print("{} on {} test images of {}: acc {:.4f}, task_acc {:.4f}\n", options.model, set.labels.size(),
             dataset.info.display_name, accuracy.all_classes, accuracy.own_task);
}

CLI::App* add_model_command(CLI::App& app, const char* name, const char* what, const char* file_names,
                            const char* file, const std::shared_ptr<ModelCommand>& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option(file_names, options->model, file)->required();
  command->add_option("--weights", options->weights,
                      "The encoder's weights, when not where the run had them");
  command->add_option("--device", options->device, "cpu, cuda or cuda:N")->capture_default_str();
  add_number(*command, "--threads", options->threads, "Threads; 0 means all cores", {0, 1024});
  return command;
}

}  // namespace

void add_predict_command(CLI::App& app) {
  const auto options = std::make_shared<ModelCommand>();
  CLI::App* command = add_model_command(app, "predict", "Name the classes of images, with probabilities",
                                        "--model", "File written by `packrat run --save_model`", options);
  add_number(*command, "--top", options->top, "Classes to show", {1, 1000});
  command
      ->add_option(
          "IMAGE", options->images,
          "Image files of any size; for a model of features, files of such: .npy, .npz, .safetensors")
      ->required();
  command->callback([options] { predict(*options); });
}

void add_eval_command(CLI::App& app) {
  const auto options = std::make_shared<ModelCommand>();
  CLI::App* command = add_model_command(
      app, "eval", "Score a saved model on its data set's test images", "FILE,--model",
      "File written by `packrat run --save_model` or by `packrat sparsify --export`", options);
  command->add_option("--dataset", options->dataset, "Default: the one it was trained on");
  command->add_option("--data_dir", options->data_dir, "Folder of the data sets")->capture_default_str();
  command->callback([options] {
    need_tensors();
    for (const EvalKind& kind : study_parts().models)
      if (kind.is_one(options->model))
        return kind.eval(
            {options->model, options->dataset, options->data_dir, options->weights, options->threads});
    eval(*options);
  });
}

}  // namespace packrat
