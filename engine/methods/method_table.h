#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

class Method;
struct MethodSetting;

/// One row of the table of methods, for help texts and tests that loop over it.
struct MethodInfo {
  std::string name;
  std::string options;  ///< "shrink=0..1|oas, precision=float32|bfloat16|int8"
  std::string summary;  ///< one line
  std::vector<std::string> examples;
};
std::vector<MethodInfo> method_table();

/// The method that keeps entries and trains a head on them; engine/train has it.
inline constexpr const char* kReplayMethod = "gdumb";

/// "slda" of "slda:pool=1x2"; UserError for an unknown one.
std::string method_name(std::string_view spec);

/// Whether the spec names a method that keeps entries: codec, sampler and training options are for such ones
/// alone.
bool keeps_entries(std::string_view spec);

/// Builds a method that keeps no entries from its text, "name" or "name:key=value,key=value", read as a codec
/// spec is. UserError for an unknown name, unknown or repeated keys, values out of range, and options that do
/// not suit rows of that shape.
std::unique_ptr<Method> make_method(std::string_view spec, const MethodSetting& setting);

/// UserError for what make_method() would refuse, whatever the rows; methods that keep entries are taken, and
/// a hybrid's spec is checked (hybrid_spec.h).
void check_method(std::string_view spec);

/// Bytes that the method will keep, before anything has been learned.
std::int64_t method_bytes(std::string_view spec, const MethodSetting& setting);

}  // namespace packrat
