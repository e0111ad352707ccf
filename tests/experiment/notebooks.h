#pragma once
#include <re2/re2.h>

#include <map>
#include <stdexcept>
#include <string>

namespace packrat {

/// What the group of an expression finds first, as Python's re.search() does; throws when it finds nothing,
/// as the notebooks stop.
inline std::string notebook_search(const std::string& line, const std::string& expression) {
  std::string group;
  if (!RE2::PartialMatch(line, RE2(expression), &group))
    throw std::runtime_error(expression + " finds nothing in " + line);
  return group;
}

/// A log as the published rescon notebooks read it: their own regular expressions, letter for letter, on the
/// first line and the last one. Throws where the notebooks stop: a field that is not found, an unknown
/// compressor or strategy, a number that is none.
inline std::map<std::string, std::string> read_as_notebooks(const std::string& log) {
  const std::string body = log.substr(0, log.find_last_not_of('\n') + 1);
  const std::string first = body.substr(0, body.find('\n')), last = body.substr(body.rfind('\n') + 1);
  std::map<std::string, std::string> found{{"memory_size", notebook_search(first, R"(memory_size=(\d+))")},
                                           {"compressor", notebook_search(first, R"(compressor='(.*?)')")},
                                           {"encoder", notebook_search(first, R"(encoder='(.*?)')")},
                                           {"dataset", notebook_search(first, R"(dataset='(.*?)')")},
                                           {"Acc", notebook_search(last, R"(Acc: \[(.*?)\])")}};
  const std::string compressor = found["compressor"];
  if (compressor == "thinning") {
    found["compression_factor"] = notebook_search(first, R"(compression_factor=(.*?),)");
  } else if (compressor == "quantization") {
    found["n_states"] = notebook_search(first, R"(n_states=(\d+))");
    found["strategy"] = notebook_search(first, R"(strategy='(.*?)')");
    if (found["strategy"] != "local" && found["strategy"] != "tiny_imagenet_transfer")
      throw std::runtime_error("unknown strategy " + found["strategy"]);
  } else if (compressor == "convae") {
    found["latent_channels"] = notebook_search(first, R"(latent_channels=(\d+))");
  } else if (compressor == "fcae") {
    found["bottleneck_neurons"] = notebook_search(first, R"(bottleneck_neurons=(\d+))");
  } else if (compressor != "none") {
    throw std::runtime_error("unknown compressor " + compressor);
  }
  if (found["encoder"] != "none") found["encoding_block"] = notebook_search(first, R"(encoding_block=(\d+))");
  for (const char* const number : {"Acc", "compression_factor"})
    if (const auto it = found.find(number); it != found.end())
      if (std::size_t used = 0; std::stod(it->second, &used), used != it->second.size())
        throw std::runtime_error("could not convert string to float: " + it->second);
  return found;
}

}  // namespace packrat
