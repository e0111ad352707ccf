#include "engine/energy/rapl_meter.h"

#include <fmt/format.h>

#include <csignal>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// A thread made while it lives takes no signals: they are for the main thread.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

RaplMeter::RaplMeter(const std::filesystem::path& powercap_root, double poll_seconds)
    : poll_seconds_(poll_seconds) {
  try {
    counters_ = std::make_unique<RaplCounters>(powercap_root);
  } catch (const UserError& error) {
    why_none_ = error.what();
    return;
  }
  timer_ = Timer();
  const NoSignals inherited;
  thread_ = std::thread([this] { poll(); });
}

RaplMeter::~RaplMeter() {
  end_thread();
}

void RaplMeter::poll() {
  std::unique_lock<std::mutex> lock(guard_);
  const std::chrono::duration<double> pause(poll_seconds_);
  while (!ended_.wait_for(lock, pause, [this] { return end_; })) sample();
}

void RaplMeter::sample() {
  try {
    if (why_none_.empty()) counters_->sample();
  } catch (const UserError& error) {
    why_none_ = error.what();
  }
}

std::string RaplMeter::why_at_rest(double seconds) const {
  constexpr double kMovesWithin = 1;  // second; counters step every millisecond
  const std::string package = counters_->package_at_rest();
  if (seconds < kMovesWithin || package.empty()) return "";
  return fmt::format(
      "the counter of {} did not move in {:.1f} s, as in virtual machines: it measures nothing", package,
      seconds);
}

void RaplMeter::end_thread() {
  {
    const std::lock_guard<std::mutex> lock(guard_);
    end_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

EnergyReading RaplMeter::stop() {
  end_thread();
  return so_far();
}

EnergyReading RaplMeter::so_far() {
  const std::lock_guard<std::mutex> lock(guard_);
  if (can_measure()) sample();
  EnergyReading reading;
  reading.seconds = timer_.seconds();
  reading.why_none = why_none_.empty() && can_measure() ? why_at_rest(reading.seconds) : why_none_;
  if (!reading.why_none.empty()) return reading;
  reading.source = "rapl";
  reading.method = "RAPL: packages and memory of the whole machine";
  reading.domains = counters_->domains();
  reading.joules = counted_joules(reading.domains);
  return reading;
}

}  // namespace packrat
