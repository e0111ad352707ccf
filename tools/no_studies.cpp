#include <fmt/format.h>

#include "engine/core/error.h"
#include "tools/studies.h"

namespace packrat {

const StudyParts& study_parts() {
  static const StudyParts none;
  return none;
}

void register_studies() {}

void add_study_commands(CLI::App& app) {
  for (const char* const name : kStudyCommands) {
    CLI::App* command = app.add_subcommand(name)->group("")->prefix_command();
    command->set_help_flag();
    command->callback([name] {
      throw UserError(fmt::format(
          "`packrat {}` is a study, which this build leaves out: build Packrat with -DPACKRAT_STUDIES=ON",
          name));
    });
  }
}

}  // namespace packrat
