#pragma once
#include <set>
#include <string>
#include <vector>

#include "engine/experiment/run_options.h"

namespace packrat {

/// Gives an option the value that `text` stands for. UserError that names the option and a value of its type
/// when the text is none, and the range when the value is out of it (check_value()).
void set_option(const RunOption& option, const std::string& text, RunConfig& config);

/// What the option's type and range allow, to follow "--seed is 'x', but ".
std::string allowed_text(const RunOption& option);

/// The words after `packrat run` that give the options in `given` their values of `config`, in table order.
std::vector<std::string> run_words(const RunConfig& config, const std::set<std::string>& given);

}  // namespace packrat
