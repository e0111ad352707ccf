#pragma once
#include <map>
#include <string>

namespace packrat {

/// The codec that options ask for, in words for legends and tables: "none", "quantization 4 local", "thinning
/// 0.9", or the text of --codec; the text of a --method that keeps no entries. It does not depend on the
/// encoder, as the numbers of a transferred range do.
std::string codec_setting(const std::map<std::string, std::string>& options);

/// What kind of codec a spec is, in the words of --compressor: "quantization" for "quantize:...", stages
/// joined by
/// "+": "thinning+quantization". Stages that no published flag names keep their own name.
std::string codec_family(const std::string& spec);

}  // namespace packrat
