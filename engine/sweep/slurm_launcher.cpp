#include "engine/sweep/slurm_launcher.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/folders.h"
#include "engine/core/parse_value.h"
#include "engine/core/shell_line.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr int kPollsUnseen = 3;             // a task just submitted may not be listed yet
constexpr int kPollsForResult = 12;         // a shared folder may show a node's file late
constexpr int kInterrupted = 130;           // `packrat run` was asked to stop and has written a checkpoint
constexpr int kTerminated = 128 + SIGTERM;  // it was asked before it could answer

struct Answer {
  int code = -1;
  std::string text;
};

/// Runs one of Slurm's commands; the answer holds what it printed on both streams.
Answer ask(const std::vector<std::string>& command) {
  Answer answer;
  std::FILE* pipe = ::popen((shell_line(command) + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return answer;
  std::array<char, 4096> piece;
  for (std::size_t size; (size = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;)
    answer.text.append(piece.data(), size);
  const int status = ::pclose(pipe);
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return answer;
}

std::string one_line(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Every task is the worker itself, in place of the shell, so that Slurm's signals reach it.
std::string array_script(const std::vector<Job>& jobs) {
  std::string script = "#!/bin/sh\nexport OMP_WAIT_POLICY=passive\ncase $SLURM_ARRAY_TASK_ID in\n";
  for (std::size_t i = 0; i < jobs.size(); ++i)
    script += fmt::format("{}) exec {} >{} 2>&1 ;;\n", i, shell_line(jobs[i].command),
                          shell_line({fs::absolute(jobs[i].log).string()}));
  return script + "esac\n";
}

bool is_active(const std::string& state) {
  static const std::set<std::string> states{"PENDING",    "RUNNING",   "SUSPENDED",    "CONFIGURING",
                                            "COMPLETING", "REQUEUED",  "REQUEUE_HOLD", "RESIZING",
                                            "SIGNALING",  "STAGE_OUT", "STOPPED",      "SPECIAL_EXIT"};
  return states.count(state) > 0;
}

/// Ends that have nothing to do with the run.
bool is_loss(const std::string& state) {
  return state == "TIMEOUT" || state == "NODE_FAIL" || state == "PREEMPTED" || state == "BOOT_FAIL" ||
         state == "DEADLINE" || state == "REVOKED";
}

/// As a shell would tell it. squeue prints what wait() gave: 33280 for the exit code 130.
int exit_code(const std::string& squeue_text) {
  int status = 0;
  if (!parse_value(squeue_text, status)) return -1;  // none is told
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

SlurmLauncher::SlurmLauncher(const fs::path& folder, SlurmOptions options)
    : folder_(folder / "slurm"), options_(std::move(options)) {
  const Answer answer = ask({"sinfo", "--noheader", "--format=%P"});
  if (answer.code != 0)
    throw UserError(
        fmt::format("Slurm does not answer: {}; use --launcher local, or a machine of the cluster",
                    one_line(answer.text)));
  make_folder(folder_, "choose another --out");
}

std::set<std::string> SlurmLauncher::adopt() {
  std::set<std::string> names;
  const fs::path list = folder_ / "tasks.json";
  if (!fs::exists(list)) return names;
  const json tasks = json::parse(read_text(list), nullptr, /*allow_exceptions=*/false);
  if (!tasks.is_object()) return names;
  const auto states = ask_squeue();
  for (const auto& [id, task] : tasks.items()) {
    const auto it = states.find(id);
    if (it == states.end() || !is_active(it->second.state)) continue;
    tasks_[id].job = {task.at("name"),
                      {},
                      fs::path(task.at("log").get<std::string>()),
                      fs::path(task.at("result").get<std::string>())};
    names.insert(tasks_[id].job.name);
  }
  return names;
}

std::size_t SlurmLauncher::parallel() const {
  const auto running =
      std::count_if(tasks_.begin(), tasks_.end(), [](const auto& t) { return t.second.running; });
  return std::max<std::size_t>(1, static_cast<std::size_t>(running));
}

void SlurmLauncher::start(const std::vector<Job>& jobs) {
  int number = 0;
  fs::path script;
  do script = folder_ / fmt::format("array-{}.sh", number++);
  while (fs::exists(script));
  write_file_atomically(script, [&](std::ostream& out) { out << array_script(jobs); });
  std::string array = fmt::format("--array=0-{}", jobs.size() - 1);
  if (options_.tasks_at_once > 0) array += fmt::format("%{}", options_.tasks_at_once);
  std::vector<std::string> command{
      "sbatch", "--parsable",         "--job-name=packrat",
      array,    "--signal=B:TERM@60", "--output=" + fs::absolute(script).string() + ".%a.out"};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) command.push_back(fmt::format("--{}={}", name, value));
  };
  add("partition", options_.partition);
  add("gpus-per-task", options_.gpus_per_task);
  add("cpus-per-task", fmt::format("{}", options_.cpus_per_task));
  add("time", options_.time);
  if (!options_.gpus_per_task.empty()) command.push_back("--ntasks=1");
  command.insert(command.end(), options_.more.begin(), options_.more.end());
  command.push_back(script.string());
  const Answer answer = ask(command);
  if (answer.code != 0)
    throw UserError(fmt::format("sbatch refused the job array: {}", one_line(answer.text)));
  const std::string id = answer.text.substr(0, answer.text.find_first_of(";\n"));
  if (std::uint64_t job_number = 0;
      !parse_value(id, job_number))  // "JOB" or "JOB;CLUSTER" is what --parsable prints
    throw UserError(fmt::format(
        "sbatch answered '{}' in place of a job's number: does `sbatch --parsable` print it alone?",
        one_line(answer.text)));
  for (std::size_t i = 0; i < jobs.size(); ++i) tasks_[fmt::format("{}_{}", id, i)].job = jobs[i];
  remember();
}

std::map<std::string, SlurmLauncher::Status> SlurmLauncher::ask_squeue() const {
  const Answer answer = ask({"squeue", "--me", "--noheader", "--array", "--states=all", "--name=packrat",
                             "--Format=ArrayJobID:|,ArrayTaskID:|,State:|,exit_code:|"});
  std::map<std::string, Status> states;
  if (answer.code != 0) throw Error("squeue: " + one_line(answer.text));
  std::istringstream lines(answer.text);
  for (std::string job, task, state, code; std::getline(lines, job, '|') && std::getline(lines, task, '|') &&
                                           std::getline(lines, state, '|') &&
                                           std::getline(lines, code, '|');) {
    job.erase(0, job.find_first_not_of(" \n"));
    states[job + "_" + task] = {state, code};
  }
  return states;
}

std::vector<JobEnd> SlurmLauncher::poll() {
  std::vector<JobEnd> ended;
  std::map<std::string, Status> states;
  try {
    states = ask_squeue();
  } catch (const Error&) {
    return ended;  // the controller is busy or away for a moment; the tasks continue without it
  }
  for (auto it = tasks_.begin(); it != tasks_.end();) {
    JobEnd end;
    if (has_ended(it->first, it->second, states, end)) {
      ended.push_back(end);
      it = tasks_.erase(it);
    } else {
      ++it;
    }
  }
  if (!ended.empty()) remember();
  return ended;
}

bool SlurmLauncher::has_ended(const std::string& id, Task& task, const std::map<std::string, Status>& states,
                              JobEnd& end) const {
  const auto it = states.find(id);
  const std::string state = it == states.end() ? "" : it->second.state;
  task.running = state == "RUNNING";
  if (is_active(state)) return false;
  end.name = task.job.name;
  if (fs::exists(task.job.result)) return true;
  if (state.empty()) {  // Slurm forgets ended tasks after some minutes
    end.how = JobEnd::How::kLost;
    end.reason = fmt::format("Slurm no longer knows task {}", id);
    return ++task.unseen > kPollsUnseen;
  }
  if (state == "COMPLETED") return ++task.ended > kPollsForResult;
  const int code = exit_code(it->second.exit_code);
  end.reason = fmt::format("Slurm task {} ended as {}, exit code {}", id, state, code);
  const bool asked_to_stop = state == "FAILED" && (code == kInterrupted || code == kTerminated);
  end.how = is_loss(state) || asked_to_stop ? JobEnd::How::kLost : JobEnd::How::kFailed;
  return true;
}

void SlurmLauncher::stop() {
  std::set<std::string> arrays;
  for (const auto& [id, task] : tasks_) arrays.insert(id.substr(0, id.find('_')));
  for (const std::string& array : arrays) {
    ask({"scancel", "--state=PENDING", array});
    ask({"scancel", "--state=RUNNING", "--signal=TERM", "--full", array});
  }
}

void SlurmLauncher::remember() const {
  json tasks = json::object();
  for (const auto& [id, task] : tasks_)
    tasks[id] = {
        {"name", task.job.name}, {"log", task.job.log.string()}, {"result", task.job.result.string()}};
  write_file_atomically(folder_ / "tasks.json", [&](std::ostream& out) { out << tasks.dump(1) << '\n'; });
}

}  // namespace packrat
