#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "engine/experiment/model_file.h"
#include "engine/train/evaluation.h"
#include "models/torch_runtime.h"
#include "tools/commands.h"

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
  model.head.to(parse_device(options.device));
  model.head.train(false);
  return model;
}

/// Any image that OpenCV reads, as 3x32x32 planes of RGB; larger ones by area averaging.
std::vector<std::uint8_t> read_image(const std::string& path) {
  const cv::Mat image = cv::imread(path, cv::IMREAD_COLOR);
  if (image.empty())
    throw UserError(fmt::format(
        "cannot read {} as an image: give a PNG, JPEG, WebP or other file that OpenCV reads", path));
  cv::Mat small, rgb;
  const bool shrinks = image.rows > kImageSide || image.cols > kImageSide;
  cv::resize(image, small, {kImageSide, kImageSide}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  cv::cvtColor(small, rgb, cv::COLOR_BGR2RGB);
  std::vector<std::uint8_t> planes(kImageBytes);
  for (int p = 0; p < kPlaneBytes; ++p)
    for (int c = 0; c < kImageChannels; ++c)
      planes[static_cast<std::size_t>(c * kPlaneBytes + p)] = rgb.data[kImageChannels * p + c];
  return planes;
}

void predict(const ModelCommand& options) {
  SavedModel model = open_model(options);
  const DatasetInfo& info = find_dataset(model.info.config.dataset);
  const auto& shape = model.head.spec().in_shape;
  for (const std::string& path : options.images) {
    std::vector<float> rows = model_rows(model, info, read_image(path).data(), 1, {});
    const torch::NoGradGuard no_grad;
    const at::Tensor maps = torch::from_blob(rows.data(), {1, shape[0], shape[1], shape[2]}, torch::kFloat32);
    const at::Tensor chances =
        torch::softmax(model.head.forward(maps.to(parse_device(options.device))), 1).to(torch::kCPU);
    const auto [best, which] = chances.topk(std::min<std::int64_t>(options.top, chances.size(1)), 1);
    fmt::print("{}\n", path);
    for (std::int64_t i = 0; i < best.size(1); ++i)
      fmt::print("  {:6.2f} %  {}\n", 100 * best[0][i].item<double>(),
                 model.info.class_names.at(static_cast<std::size_t>(which[0][i].item<std::int64_t>())));
  }
}

void eval(const ModelCommand& options) {
  SavedModel model = open_model(options);
  const RunConfig& config = model.info.config;
  const Dataset dataset =
      load_dataset(options.dataset.empty() ? config.dataset : options.dataset, options.data_dir);
  if (dataset.info->name != find_dataset(config.dataset).name)
    throw UserError(fmt::format("the model knows the classes of {}, not of {}: leave --dataset out",
                                config.dataset, options.dataset));
  const std::vector<float> rows =
      model_rows(model, *dataset.info, dataset.test.pixels.data(), dataset.test.count(), console_progress());
  std::vector<int> position(static_cast<std::size_t>(dataset.info->classes), -1);
  for (std::size_t i = 0; i < model.info.class_order.size(); ++i)
    position[static_cast<std::size_t>(model.info.class_order[i])] = static_cast<int>(i);
  const auto width = static_cast<std::int64_t>(rows.size()) / dataset.test.count();
  LabelledRows set;
  std::vector<float> known;
  for (std::int64_t i = 0; i < dataset.test.count(); ++i) {
    const int label = position[dataset.test.labels[static_cast<std::size_t>(i)]];
    if (label < 0) continue;
    set.labels.push_back(static_cast<std::uint16_t>(label));
    known.insert(known.end(), rows.begin() + i * width, rows.begin() + (i + 1) * width);
  }
  set.rows = {known.data(), static_cast<std::int64_t>(set.labels.size()), width};
  const Accuracy accuracy = evaluate(model.head, model.head.spec().in_shape, set,
                                     {config.num_classes_per_task, thread_count(config), options.device});
  fmt::print("{} on {} test images of {}: acc {:.4f}, task_acc {:.4f}\n", options.model, set.labels.size(),
             dataset.info->display_name, accuracy.all_classes, accuracy.own_task);
}

CLI::App* add_model_command(CLI::App& app, const char* name, const char* what,
                            const std::shared_ptr<ModelCommand>& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("--model", options->model, "File written by `packrat run --save_model`")->required();
  command->add_option("--weights", options->weights,
                      "The encoder's weights, when not where the run had them");
  command->add_option("--device", options->device, "cpu, cuda or cuda:N")->capture_default_str();
  command->add_option("--threads", options->threads, "Threads; 0 means all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  return command;
}

}  // namespace

void add_predict_command(CLI::App& app) {
  const auto options = std::make_shared<ModelCommand>();
  CLI::App* command =
      add_model_command(app, "predict", "Name the classes of images, with probabilities", options);
  command->add_option("--top", options->top, "Classes to show")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("IMAGE", options->images, "Image files of any size")->required();
  command->callback([options] { predict(*options); });
}

void add_eval_command(CLI::App& app) {
  const auto options = std::make_shared<ModelCommand>();
  CLI::App* command =
      add_model_command(app, "eval", "Score a saved model on its data set's test images", options);
  command->add_option("--dataset", options->dataset, "Default: the one it was trained on");
  command->add_option("--data_dir", options->data_dir, "Folder of the data sets")->capture_default_str();
  command->callback([options] { eval(*options); });
}

}  // namespace packrat
