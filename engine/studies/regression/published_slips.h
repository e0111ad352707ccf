#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "engine/studies/regression/published_study.h"

namespace packrat {

/// An error of the published study, with what was printed and what is right.
struct Slip {
  std::string name;
  std::string explanation;  ///< one or two sentences
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;
};

/// All of them, computed from the shipped tables:
/// errors-in-the-wrong-unit, stale-errors, misaligned-co2, axis-label, fixed-interval, pfs-days.
std::vector<Slip> published_slips(const PublishedStudy& study);

/// Runs i whose last whole second is the first of run i + 1: a reading in it is counted for both.
std::vector<std::size_t> runs_that_share_a_second(const PublishedStudy& study);

}  // namespace packrat
