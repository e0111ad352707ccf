#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace packrat {

struct StreamOptions {
  int num_tasks = 5;         ///< T >= 1
  int classes_per_task = 2;  ///< C >= 1; T x C may be less than all classes
  std::uint64_t seed = 0;    ///< shuffles the images
  /// Permutes the classes; without it they come in label order.
  std::optional<std::uint64_t> class_order_seed;
  bool iid = false;  ///< one shuffle over all chosen images instead of task after task
};

/// The order in which the training images arrive, each once.
/// A class is called by its *position* in class_order, 0 .. classes()-1, in everything that comes after the
/// stream: the position is the column of the head's output, and position / C is the task.
struct TaskStream {
  std::vector<std::int64_t> order;  ///< indices into the training set, in order of arrival
  std::vector<std::int64_t>
      task_end;  ///< how many images have arrived when a task ends; iid: one entry, order.size()
  std::vector<int> class_order;        ///< [T x C] position -> label
  std::vector<int> position_of_label;  ///< [all classes] label -> position, -1 for a class that is not chosen
  int classes_per_task = 0;

  int classes() const { return static_cast<int>(class_order.size()); }
  /// The task that the class at `position` belongs to; with an iid stream too.
  int task_of(int position) const { return position / classes_per_task; }
};

/// Builds the stream over training images with these labels, 0 .. classes-1. Images of a task are shuffled by
/// Rng(seed).fork("stream", task), an iid stream by Rng(seed).fork("stream iid"), the class order by
/// Rng(class_order_seed).fork("class order"). UserError when T or C is below 1 or T x C above `classes`.
/// tasks: of each image, from its file, or none: these are then the tasks, in ascending order, whatever the
/// classes in them; an iid stream ignores them.
TaskStream make_task_stream(const std::vector<std::uint16_t>& labels, int classes,
                            const StreamOptions& options, const std::vector<std::int32_t>& tasks = {});

/// Takes a share of every class's images, one at least, out of the stream; returns their indices, ascending.
/// Images of a class are chosen by Rng(seed).fork("holdout", label). UserError when a class would be left
/// with none.
std::vector<std::int64_t> hold_out(TaskStream& stream, const std::vector<std::uint16_t>& labels, double share,
                                   std::uint64_t seed);

/// Indices, ascending, of the images of a split whose classes the stream has chosen.
std::vector<std::int64_t> chosen_images(const std::vector<std::uint16_t>& labels, const TaskStream& stream);

}  // namespace packrat
