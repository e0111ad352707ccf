// libFuzzer's way in. PACKRAT_FUZZ_TARGET names the target; without it the program lists them.
// PACKRAT_FUZZ_SEEDS names a folder to write the target's seeds to, instead of fuzzing. tools/fuzz is the
// caller.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.h"

namespace {

using packrat::fuzzing::Bytes;
using packrat::fuzzing::Target;

const Target* target = nullptr;

void write_seeds(const std::filesystem::path& folder) {
  int number = 0;
  for (const Bytes& seed : target->seeds())
    std::ofstream(folder / ("seed" + std::to_string(number++)), std::ios::binary)
        .write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  static const std::vector<Target> all = packrat::fuzzing::all_targets();
  const char* name = std::getenv("PACKRAT_FUZZ_TARGET");
  for (const Target& known : all)
    if (name == nullptr)
      std::puts(known.name.c_str());
    else if (known.name == name)
      target = &known;
  if (name != nullptr && target == nullptr) std::fprintf(stderr, "no target is called %s\n", name);
  if (target == nullptr) std::exit(name == nullptr ? 0 : 2);
  if (const char* folder = std::getenv("PACKRAT_FUZZ_SEEDS")) {
    write_seeds(folder);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target->read({data, size});
  return 0;
}
