// FORMAT.md shows the bytes of entries; this program makes the same ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "engine/core/build_info.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

struct Example {
  std::string spec;
  Domain domain;
  std::vector<float> row;
  std::string hex;
  std::vector<std::uint8_t> shared;  // what the codec has learned; empty: nothing
};

std::vector<std::uint8_t> bytes_of(const std::string& hex) {
  std::istringstream in(hex);
  std::vector<std::uint8_t> bytes;
  for (unsigned byte; in >> std::hex >> byte;) bytes.push_back(static_cast<std::uint8_t>(byte));
  return bytes;
}

std::vector<float> numbers(const std::string& text) {
  std::istringstream in(text);
  std::vector<float> all;
  for (float value; in >> value;) all.push_back(value);
  return all;
}

// "3x1x2 pixels" -> that domain, normalised as CIFAR-10 is.
Domain domain_of(const std::string& text) {
  std::istringstream in(text);
  Domain domain = pixels();
  char x = 0;
  in >> domain.shape[0] >> x >> domain.shape[1] >> x >> domain.shape[2];
  std::string word;
  domain.pixels = static_cast<bool>(in >> word) && word == "pixels";
  return domain;
}

void normalise(Example& e) {
  const std::int64_t plane = e.domain.shape[1] * e.domain.shape[2];
  for (std::size_t i = 0; i < e.row.size(); ++i) {
    const auto c = static_cast<std::size_t>(static_cast<std::int64_t>(i) / plane);
    e.row[i] = normalised_pixel(static_cast<std::uint8_t>(e.row[i]), e.domain.mean[c], e.domain.std[c]);
  }
}

// The blocks of FORMAT.md that begin with "codec:" and end with "entry:"; see its section "Worked examples".
std::vector<Example> examples_in_document() {
  std::ifstream file(source_dir() / "compressors/FORMAT.md");
  std::vector<Example> examples;
  Example e;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, colon), value = line.substr(colon + 2);
    if (key == "codec") e.spec = value;
    if (key == "shape") e.domain = domain_of(value);
    if (key == "shared") e.shared = bytes_of(value);
    if (key == "row") e.row = numbers(value);
    if (key != "entry") continue;
    if (e.domain.pixels) normalise(e);
    e.hex = value;
    examples.push_back(std::exchange(e, {}));
  }
  return examples;
}

TEST(Format, TheDocumentsExamplesAreWhatTheCodecsWrite) {
  const std::vector<Example> examples = examples_in_document();
  ASSERT_EQ(examples.size(), 21u) << "blocks found in FORMAT.md";
  for (const Example& e : examples) {
    const Codec codec = e.shared.empty() ? make_codec(e.spec, e.domain)
                                         : make_codec(e.spec, e.domain, {e.shared.data(), e.shared.size()});
    const EntryBatch batch = encode(codec, e.row);
    EXPECT_EQ(fmt::format("{:02x}", fmt::join(batch.bytes, " ")), e.hex) << e.spec;
  }
}

}  // namespace
}  // namespace packrat
