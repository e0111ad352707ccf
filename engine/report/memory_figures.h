#pragma once
#include <string>
#include <vector>

#include "engine/report/figure.h"
#include "engine/report/run_groups.h"

namespace packrat {

// The figures of the memory page: accuracy against the bytes of the replay memory. Groups come from
// group_runs().

/// "accuracy-memory": tasks (down) and encoders (across), one line a codec setting, one point a number of
/// slots.
Figure accuracy_memory_figure(const std::vector<RunGroup>& groups);

/// "fetch-figure": the FETCH paper's, eight series under its names, accuracy across and bytes upwards, one
/// panel a task. Behind the encoder that most of the task's runs have.
Figure fetch_figure(const std::vector<RunGroup>& groups);

/// "families-cifar10": the encoder with most runs and none (down), codec families (across), the uncompressed
/// line and random guessing in each: the papers' figure of two by six panels.
Figure family_figure(const std::vector<RunGroup>& groups, const std::string& task);

/// "front": every run, and the best accuracy for at most so many bytes, one panel a task.
Figure front_figure(const std::vector<RunGroup>& groups);

/// "split": accuracy against the block after which the network is cut, at equal byte budgets, one panel a
/// task.
Figure split_figure(const std::vector<RunGroup>& groups);

/// "fixed-slots-cifar10": accuracy against bytes for one number of slots (a switch), one line a codec family,
/// with the lines of GDumb (no encoder, no codec), of the encoder without a codec, and of random guessing.
Figure fixed_slots_figure(const std::vector<RunGroup>& groups, const std::string& task);

}  // namespace packrat
