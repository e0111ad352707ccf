#include "engine/data/task_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

void check_options(const StreamOptions& options, int classes) {
  const auto in_range = [classes](const char* flag, int value) {
    if (value < 1 || value > classes)
      throw UserError(fmt::format("{} {}: give a number from 1 to {}, the classes of the data set", flag,
                                  value, classes));
  };
  in_range("--num_tasks", options.num_tasks);
  in_range("--num_classes_per_task", options.classes_per_task);
  const std::int64_t product = std::int64_t{options.num_tasks} * options.classes_per_task;
  if (product > classes)
    throw UserError(
        fmt::format("{} tasks x {} classes = {} classes, but the data set has {}: with {} classes a task, "
                    "--num_tasks may be 1 to {}",
                    options.num_tasks, options.classes_per_task, product, classes, options.classes_per_task,
                    classes / options.classes_per_task));
}

std::vector<int> choose_classes(const StreamOptions& options, int classes) {
  std::vector<int> order(static_cast<std::size_t>(classes));
  std::iota(order.begin(), order.end(), 0);
  if (options.class_order_seed) Rng(*options.class_order_seed).fork("class order").shuffle(order);
  order.resize(static_cast<std::size_t>(options.num_tasks * options.classes_per_task));
  return order;
}

/// The images of each task, told by their classes.
std::vector<std::vector<std::int64_t>> tasks_of_classes(const std::vector<std::uint16_t>& labels,
                                                        const StreamOptions& options,
                                                        const TaskStream& stream) {
  std::vector<std::vector<std::int64_t>> tasks(static_cast<std::size_t>(options.num_tasks));
  for (const std::int64_t i : chosen_images(labels, stream)) {
    const int position = stream.position_of_label[labels[static_cast<std::size_t>(i)]];
    tasks[static_cast<std::size_t>(stream.task_of(position))].push_back(i);
  }
  return tasks;
}

/// ... told by a number of each image.
std::vector<std::vector<std::int64_t>> tasks_of_numbers(const std::vector<std::uint16_t>& labels,
                                                        const std::vector<std::int32_t>& numbers,
                                                        const TaskStream& stream) {
  std::map<std::int32_t, std::vector<std::int64_t>> by_number;
  for (const std::int64_t i : chosen_images(labels, stream))
    by_number[numbers.at(static_cast<std::size_t>(i))].push_back(i);
  std::vector<std::vector<std::int64_t>> tasks;
  for (auto& [number, images] : by_number) tasks.push_back(std::move(images));
  return tasks;
}

void append_task_by_task(std::vector<std::vector<std::int64_t>> tasks, const StreamOptions& options,
                         TaskStream& stream) {
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    Rng(options.seed).fork("stream", task).shuffle(tasks[task]);
    stream.order.insert(stream.order.end(), tasks[task].begin(), tasks[task].end());
    stream.task_end.push_back(static_cast<std::int64_t>(stream.order.size()));
  }
}

}  // namespace

TaskStream make_task_stream(const std::vector<std::uint16_t>& labels, int classes,
                            const StreamOptions& options, const std::vector<std::int32_t>& tasks) {
  check_options(options, classes);
  TaskStream stream;
  stream.classes_per_task = options.classes_per_task;
  stream.class_order = choose_classes(options, classes);
  stream.position_of_label.assign(static_cast<std::size_t>(classes), -1);
  for (int position = 0; position < stream.classes(); ++position)
    stream
        .position_of_label[static_cast<std::size_t>(stream.class_order[static_cast<std::size_t>(position)])] =
        position;
  if (!options.iid) {
    append_task_by_task(
        tasks.empty() ? tasks_of_classes(labels, options, stream) : tasks_of_numbers(labels, tasks, stream),
        options, stream);
    return stream;
  }
  stream.order = chosen_images(labels, stream);
  Rng(options.seed).fork("stream iid").shuffle(stream.order);
  stream.task_end = {static_cast<std::int64_t>(stream.order.size())};
  return stream;
}

std::vector<std::int64_t> hold_out(TaskStream& stream, const std::vector<std::uint16_t>& labels, double share,
                                   std::uint64_t seed) {
  std::vector<std::vector<std::int64_t>> of_class(stream.position_of_label.size());
  for (const std::int64_t image : chosen_images(labels, stream))
    of_class[labels[static_cast<std::size_t>(image)]].push_back(image);
  std::vector<bool> is_out(labels.size());
  std::vector<std::int64_t> out;
  for (std::size_t label = 0; label < of_class.size(); ++label) {
    std::vector<std::int64_t>& images = of_class[label];
    if (images.empty()) continue;
    Rng(seed).fork("holdout", label).shuffle(images);
    const auto count = static_cast<std::size_t>(std::ceil(share * static_cast<double>(images.size())));
    if (count >= images.size())
      throw UserError(
          fmt::format("class {} has {} training images, too few to hold out {:g} of them: give "
                      "another data set, or a smaller share",
                      label, images.size(), share));
    out.insert(out.end(), images.begin(), images.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::sort(out.begin(), out.end());
  for (const std::int64_t image : out) is_out[static_cast<std::size_t>(image)] = true;
  std::vector<std::int64_t> order;
  std::size_t task = 0;
  for (std::size_t i = 0; i < stream.order.size(); ++i) {
    if (!is_out[static_cast<std::size_t>(stream.order[i])]) order.push_back(stream.order[i]);
    for (; task < stream.task_end.size() && stream.task_end[task] == static_cast<std::int64_t>(i + 1); ++task)
      stream.task_end[task] = static_cast<std::int64_t>(order.size());
  }
  stream.order = std::move(order);
  return out;
}

std::vector<std::int64_t> chosen_images(const std::vector<std::uint16_t>& labels, const TaskStream& stream) {
  std::vector<std::int64_t> indices;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (stream.position_of_label.at(labels[i]) >= 0) indices.push_back(static_cast<std::int64_t>(i));
  return indices;
}

}  // namespace packrat
