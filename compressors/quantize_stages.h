#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compressors/kernels/quantize.h"
#include "compressors/stage_factory.h"
#include "engine/core/rng.h"

namespace packrat {

/// The kinds of "quantize" that have a file of their own; quantize.cpp reads the options and chooses.

/// zero=exact, range=local: every entry has its own hi.
std::unique_ptr<Stage> make_local_zero_stage(int states, std::int64_t width);
/// zero=exact, one hi > 0 for all entries. range: as the spec shows it, "fit" or "0:HI".
std::unique_ptr<Stage> make_fixed_zero_stage(int states, std::int64_t width, float hi,
                                             const std::string& range);
/// per=channel: reads the range of each channel, or its hi with zero_exact. CorruptEntry when one is not
/// finite.
std::unique_ptr<Stage> make_channel_stage(int states, const Domain& domain, bool zero_exact,
                                          ByteReader& learned);
/// What that reads, learned from rows [N, domain.values()].
std::vector<std::uint8_t> fit_channels(int states, const Domain& domain, bool zero_exact, ConstRows rows,
                                       Rng& rng);

/// UserError that names the first of the rows with a negative value: zero=exact has no state for it.
void check_not_negative(ConstRows rows);

}  // namespace packrat
