#include "models/weights_dir.h"

#include <string>

namespace packrat {

std::filesystem::path weights_dir() {
  return shipped_folder(kShippedWeights);
}

std::filesystem::path shipped_file(std::string_view name) {
  return shipped_file(kShippedWeights, name);
}

const std::vector<std::string>& shipped_digests() {
  static const std::vector<std::string> digests{
      // resnet18, resnet34
      "38ab9ce32aa71eb87269b548801507de92d858273f2fb04b03aea083aa9ec946",
      "79bb48460a1922103b47a64bbd519ba757bd02543a3af92d1bb233712b53e071",
      // convae with 1, 2, 4, 8, 16 channels
      "85b5a80bfadc5df17792bd5637a67a71f640088135b2e94341b40d0ba1aeffb5",
      "ee380201be8aa805401fed8eb409a3e54bd177eb9cd01d4bff588e60daa081ef",
      "f871a28c8fc58dd3e83573673941fddfe8beb585f84dc7b6014b212d637095fe",
      "010b046854f3ed8a2ef8e7e5e9648a6a6fefbf013c3903e122d88bcf8acc57a9",
      "d54dc6919f47b5fc21e4ee67eb50e9bd5c68fd73a0757487bad21f3ff332649b",
      // fcae with 8, 16, 32, 64 neurons
      "911671596be84edf7e93e658404871c4e7e0376359af58dadba793c5e8d1ca3a",
      "334de98b5c4d321a5d0290ceb14bd7766fe4f1da1289302552da3e17be36072e",
      "993891be3171f3fb1d93b04f36021217079d6ca03e2a2a812f1a837644bdb750",
      "80d03fb616d745c4e3e435a1491e91cb56fad83abb00c01474799c2f6fbbda9e"};
  return digests;
}

std::filesystem::path shipped_weights(const Backbone& backbone) {
  backbone.require_shipped();
  return shipped_file(backbone.name() + "_tinyimagenet32.safetensors");
}

}  // namespace packrat
