#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/core/timer.h"
#include "engine/energy/energy_report.h"

namespace packrat {

/// Measures with RAPL from its construction to stop(). A thread of its own reads the counters every second,
/// so that none comes round twice unseen. Where there are no counters to read, it measures time alone and
/// says why.
class RaplMeter {
 public:
  explicit RaplMeter(const std::filesystem::path& powercap_root = kPowercapRoot, double poll_seconds = 1);
  ~RaplMeter();
  RaplMeter(const RaplMeter&) = delete;
  RaplMeter& operator=(const RaplMeter&) = delete;

  bool can_measure() const { return counters_ != nullptr; }
  /// The reading up to now; source "rapl", or "none" with the reason. May be called at any time.
  EnergyReading so_far();
  /// The same; ends the thread. To be called once.
  EnergyReading stop();

 private:
  void poll();
  void sample();  ///< guard_ is held, or the thread has ended
  void end_thread();
  /// A sentence when a package's counter stood still for so many seconds; guard_ is held.
  std::string why_at_rest(double seconds) const;

  const double poll_seconds_;
  Timer timer_;
  std::string why_none_;
  std::unique_ptr<RaplCounters> counters_;
  std::mutex guard_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace packrat
