#pragma once
#include <string>
#include <vector>

#include "engine/report/figure.h"
#include "engine/studies/roofline/machine/timed_part.h"
#include "engine/studies/roofline/measured_point.h"

namespace packrat {

/// "rooflines": attainable operations against intensity, log-log, a line a platform and a switch for the
/// precision; dots are the networks that were trained at it, crosses published measurements.
Figure rooflines_figure(const PlatformTable& platforms, const std::vector<PublishedNetwork>& networks,
                        const std::vector<Achieved>& measured);

/// "predicted-cifar": predicted inputs a second as a heat map, networks (down) and platforms (across), of a
/// data set's networks at the precisions they were trained at.
Figure predicted_speed_figure(const std::vector<Prediction>& predictions, const std::string& data_set);

/// "measured-predicted": published measured speeds against their roofline's.
Figure measured_predicted_figure(const std::vector<Achieved>& measured);

/// "machine-roofline": this machine's roofs on one thread and on all, and our encoders and heads as they were
/// timed. Empty without a profile.
Figure machine_roofline_figure(const std::optional<MachineProfile>& machine,
                               const std::vector<TimedPart>& parts);

}  // namespace packrat
