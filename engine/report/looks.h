#pragma once
#include "engine/report/figure.h"

namespace packrat {

/// Gives series of different names that a legend would show alike (colour, marker and dash) other variants:
/// the later one changes, in all panels. Nothing changes where all markers of a colour are taken.
void tell_apart(Figure& figure);

}  // namespace packrat
