#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "engine/core/rng.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {

inline std::filesystem::path corpus_folder() {
  return source_dir() / "tests/fuzz/corpus";
}

/// What the fuzzers have found worth keeping, read again.
inline void expect_corpus_survived(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    const std::filesystem::path folder = corpus_folder() / target.name;
    if (!std::filesystem::exists(folder)) continue;  // a new one: tools/fuzz --seconds 20 --keep NAME
    int inputs = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const Bytes bytes = read_file(file.path());
      EXPECT_NO_THROW(target.read({bytes.data(), bytes.size()})) << file.path();
      ++inputs;
    }
    EXPECT_GT(inputs, 0) << target.name;
  }
}

inline void expect_seeds_taken(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    const std::vector<Bytes> seeds = target.seeds();
    EXPECT_FALSE(seeds.empty()) << target.name;
    for (std::size_t i = 0; i < seeds.size(); ++i)
      EXPECT_TRUE(target.read({seeds[i].data(), seeds[i].size()})) << target.name << " " << i;
  }
}

/// One change of the kinds that readers meet: bits, counts and sizes, cuts, repeats, pieces of other inputs.
inline void mutate(Bytes& bytes, const Bytes& other, Rng& rng) {
  static constexpr std::uint64_t kNumbers[] = {0,      1,          0x7f,       0xff,       0x7fff,
                                               0xffff, 0x7fffffff, 0xffffffff, ~0ULL >> 1, ~0ULL};
  const auto place = [&] { return static_cast<std::ptrdiff_t>(bytes.empty() ? 0 : rng.below(bytes.size())); };
  const std::ptrdiff_t at = place();
  const auto length =
      static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(1 + rng.below(64), bytes.size() - at));
  const auto begin = bytes.begin() + at;
  switch (rng.below(8)) {
    case 0:
      bytes.resize(static_cast<std::size_t>(at));
      break;
    case 1:
      bytes.erase(begin, begin + length);
      break;
    case 2: {
      const Bytes again(begin, begin + length);
      bytes.insert(bytes.begin() + place(), again.begin(), again.end());
      break;
    }
    case 3: {
      const std::uint64_t number = kNumbers[rng.below(std::size(kNumbers))];
      const std::size_t width = std::min<std::size_t>(std::size_t{1} << rng.below(4), bytes.size() - at);
      for (std::size_t i = 0; i < width; ++i)
        bytes[static_cast<std::size_t>(at) + i] = static_cast<std::uint8_t>(number >> 8 * i);
      break;
    }
    case 4:
      for (std::ptrdiff_t i = 0; i < length; ++i) begin[i] = static_cast<std::uint8_t>(rng.below(256));
      break;
    case 5:
      if (!other.empty()) {
        const std::size_t from = rng.below(other.size());
        const std::size_t size = std::min<std::size_t>(1 + rng.below(256), other.size() - from);
        bytes.insert(begin, other.begin() + static_cast<std::ptrdiff_t>(from),
                     other.begin() + static_cast<std::ptrdiff_t>(from + size));
      }
      break;
    default:
      if (!bytes.empty()) *begin = static_cast<std::uint8_t>(*begin ^ 1 << rng.below(8));
  }
}

/// Genuine inputs and the corpus, changed so many times a target. $PACKRAT_MUTATIONS makes it more,
/// $PACKRAT_FUZZ_TARGET chooses one, $PACKRAT_MUTATION_SEED is another seed, and the input that is being read
/// is then in the file $PACKRAT_LAST_INPUT.
inline void expect_mutations_survived(const std::vector<Target>& targets, int times) {
  const char *const more = std::getenv("PACKRAT_MUTATIONS"), *const last = std::getenv("PACKRAT_LAST_INPUT"),
                    *const seed = std::getenv("PACKRAT_MUTATION_SEED"),
                    *const only = std::getenv("PACKRAT_FUZZ_TARGET");
  for (const Target& target : targets) {
    if (only != nullptr && target.name != only) continue;
    std::vector<Bytes> pool = target.seeds();
    if (const auto folder = corpus_folder() / target.name; std::filesystem::exists(folder))
      for (const auto& file : std::filesystem::directory_iterator(folder))
        pool.push_back(read_file(file.path()));
    std::sort(pool.begin(), pool.end());
    Rng rng(seed ? std::strtoull(seed, nullptr, 10) : 1);
    int read = 0;
    const int count = more ? std::atoi(more) : times;
    for (int i = 0; i < count; ++i) {
      Bytes bytes = pool[rng.below(pool.size())];
      for (std::uint64_t n = 1 + rng.below(4); n > 0; --n) mutate(bytes, pool[rng.below(pool.size())], rng);
      if (last)
        std::ofstream(last, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
      EXPECT_NO_THROW(read += target.read({bytes.data(), bytes.size()})) << target.name << ", change " << i;
    }
    if (more)
      std::printf("%s: %d changed inputs, %d read, the others refused\n", target.name.c_str(), count, read);
  }
}

}  // namespace packrat::fuzzing
