#pragma once
#include "engine/report/figure.h"

namespace packrat {

/// Gives series of different names that a legend would show alike (colour, marker and dash) other variants:
/// the one with the longer name changes, in all panels. Where all variants of a colour are taken it keeps its
/// own.
void tell_apart(Figure& figure);

}  // namespace packrat
