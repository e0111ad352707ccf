#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <vector>

#include "engine/core/shipped_files.h"
#include "tools/result_kind.h"
#include "tools/sweep_kind.h"
#include "tools/value_words.h"

namespace packrat {

/// A file that `packrat info` looks for, and what makes it.
struct InfoPlace {
  const char* what;
  std::filesystem::path (*path)();  ///< UserError when there is no place for it
  const char* remedy;
};

/// A folder that ships with the studies.
struct InfoFolder {
  const char* what;
  ShippedFolder folder;
};

/// What `packrat eval` is told.
struct EvalRequest {
  std::string file;
  std::string dataset;  ///< empty: the one that the model was trained on
  std::string data_dir;
  std::string weights;       ///< of the encoder behind which a head stands; empty: where the run had them
  std::int64_t threads = 0;  ///< for encoding; 0: all cores
};

/// A kind of model beside those of `packrat run`: how its files begin, and how one is scored.
struct EvalKind {
  bool (*is_one)(const std::filesystem::path& file);
  void (*eval)(const EvalRequest& request);
};

/// What the studies (engine/studies) add to the commands of the core. All is empty in a build without them.
struct StudyParts {
  std::vector<ResultKind> results;
  std::vector<SweepKind> sweeps;  ///< in the program with LibTorch
  std::vector<EvalKind> models;   ///< in the program with LibTorch
  std::vector<NamedValues> values;
  std::vector<InfoPlace> places;
  std::vector<InfoFolder> folders;
};
const StudyParts& study_parts();

/// Adds rows to the tables of the engine: kinds of runs, presets, pages of the report. Before any command.
void register_studies();

/// Adds the studies' commands. In a build without them each is one that is not shown, and refused with the
/// remedy.
void add_study_commands(CLI::App& app);

/// Their names.
inline constexpr const char* kStudyCommands[] = {"audit",    "regress", "pretrain",
                                                 "sparsify", "machine", "roofline"};

}  // namespace packrat
