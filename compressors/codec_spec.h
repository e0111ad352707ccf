#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compressors/spec_options.h"

namespace packrat {

/// One stage of a spec with all its options.
struct StageSpec {
  std::string name;
  StageOptions options;  ///< every key of the stage's row, those left out at their defaults
};

/// A codec's text, read once: stages joined by "|", each "name" or "name:key=value,key=value", such as
/// "thin:factor=0.9|quantize:states=16,range=local". Names and keys are known; values are checked where a
/// codec is made.
class CodecSpec {
 public:
  /// UserError for unknown names, unknown or repeated keys, missing keys, and a coder of finished entries
  /// anywhere but at the end, or alone.
  static CodecSpec parse(std::string_view text);

  /// At least one; the last may be a coder.
  const std::vector<StageSpec>& stages() const { return stages_; }
  /// With keys in the table's order and those at their defaults left out; values stay as they were written.
  std::string text() const;
  /// The first `count` stages, at least one.
  CodecSpec front(std::size_t count) const;
  /// Whether the last piece is no stage, but makes finished entries smaller.
  bool has_coder() const;
  CodecSpec without_coder() const;
  /// Whether a stage, or the coder, learns from data what all entries share.
  bool learns() const;
  /// The same with another value for a key that stage `stage` has.
  CodecSpec with(std::size_t stage, std::string_view key, std::string value) const;

 private:
  std::vector<StageSpec> stages_;
};

/// The word of --compressor for a stage, "quantization" for "quantize"; the name itself where there is none,
/// also of stages that this version does not know.
std::string published_stage_name(const std::string& name);

}  // namespace packrat
