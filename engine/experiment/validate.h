#pragma once
#include <string>

#include "engine/experiment/config.h"

namespace packrat {

/// Checks everything that can be checked before data is touched. `given` are the options the user wrote: one
/// that does not belong to the chosen parts is an error that says which part it belongs to. Every message
/// names the value, the range and the remedy.
void validate(const RunConfig& config, const std::set<std::string>& given);

/// UserError when the text is no name of a folder inside --log_dir. An empty one, the default, is taken.
void check_exp_name(const std::string& text);

}  // namespace packrat
