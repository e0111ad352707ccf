#pragma once
#include <map>

#include "engine/sweep/launcher.h"

namespace packrat {

/// What is asked of Slurm for every task of the job array; empty texts leave the cluster's defaults.
struct SlurmOptions {
  std::string partition, gpus_per_task, time;
  int cpus_per_task = 1;
  std::vector<std::string> more;   ///< further options of sbatch, as they are
  std::int64_t tasks_at_once = 0;  ///< 0: as many as the cluster takes
  std::chrono::milliseconds poll_interval{5000};
};

/// Workers as tasks of Slurm job arrays, followed with squeue. The sweep's folder is shared with the nodes;
/// scripts and the list of arrays that were submitted are in its subfolder slurm. The tasks live on when the
/// sweep is killed: the next one adopts them.
class SlurmLauncher : public Launcher {
 public:
  /// UserError when Slurm's commands are not installed or its controller does not answer.
  SlurmLauncher(const std::filesystem::path& folder, SlurmOptions options);

  std::set<std::string> adopt() override;
  std::size_t room() const override { return static_cast<std::size_t>(-1); }
  std::size_t parallel() const override;
  void start(const std::vector<Job>& jobs) override;
  std::vector<JobEnd> poll() override;
  void stop() override;
  std::chrono::milliseconds poll_interval() const override { return options_.poll_interval; }

 private:
  struct Task {
    Job job;
    int unseen = 0;  ///< polls in which squeue did not list it
    int ended = 0;   ///< polls since it ended well, while its result is awaited
    bool running = false;
  };
  /// What squeue says of one task.
  struct Status {
    std::string state, exit_code;
  };
  std::map<std::string, Status> ask_squeue() const;
  bool has_ended(const std::string& id, Task& task, const std::map<std::string, Status>& states,
                 JobEnd& end) const;
  void remember() const;

  std::filesystem::path folder_;  // <sweep>/slurm
  SlurmOptions options_;
  std::map<std::string, Task> tasks_;  // by "ARRAY_TASK"
};

}  // namespace packrat
