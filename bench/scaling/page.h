#pragma once
#include <string>
#include <vector>

#include "bench/scaling/measure.h"
#include "engine/report/figure.h"

namespace packrat::bench {

/// Work of which one number grows.
struct Growth {
  std::string name;  ///< "slots"
  std::vector<double> x;
  std::vector<Costs> costs;  ///< at each x
};

/// The page as Markdown; `picture`: the file beside it that holds the figure.
std::string scaling_page(const std::vector<Growth>& axes, const std::vector<Growth>& samplers,
                         const std::string& cpu, const std::string& picture);

/// Seconds (left) and memory against what grows.
Figure scaling_figure(const std::vector<Growth>& axes);

}  // namespace packrat::bench
