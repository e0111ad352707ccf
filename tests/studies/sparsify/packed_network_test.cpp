#include "engine/studies/sparsify/packed_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/studies/sparsify/packed_file.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;

PackedInfo info_of(NumberField field) {
  return {"simpleconv", "levels", {1, 16, 16}, 3, field};
}

/// A network of which the weights with log alpha up to the threshold are left.
SparseNetwork masked(NumberField field, double threshold) {
  SparseNetwork network(find_network_plan("simpleconv"), {1, 16, 16}, 3, field, Rng(4));
  network.begin_relevance();
  network.begin_masked(network.relevance_masks(threshold));
  return network;
}

class PackedNetworks : public ::testing::Test {
 protected:
  ~PackedNetworks() override { fs::remove(path_); }

  PackedSize save(NumberField field, double threshold) const {
    return save_packed_network(path_, info_of(field), masked(field, threshold));
  }
  void write(const std::vector<std::uint8_t>& bytes) const {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  const fs::path path_ = fs::path(testing::TempDir()) / "packrat_packed_network_test.packed";
};

TEST_F(PackedNetworks, GiveTheSameLogitsHoweverManyWeightsAreLeft) {
  at::manual_seed(3);
  const at::Tensor images = at::randn({4, 1, 16, 16});
  for (const NumberField field : {NumberField::kReal, NumberField::kComplex})
    for (const double threshold : {-1e6, -6.0, -4.0, 1e6}) {
      const SparseNetwork network = masked(field, threshold);
      const PackedSize size = save_packed_network(path_, info_of(field), network);
      EXPECT_EQ(size.file, static_cast<std::int64_t>(fs::file_size(path_)));
      const PackedNetwork back = load_packed_network(path_);
      EXPECT_TRUE(at::equal(back.network.forward(images, nullptr), network.forward(images, nullptr)))
          << threshold;
      EXPECT_EQ(back.network.count(back.network.masks()).zeros(), network.count(network.masks()).zeros());
      EXPECT_EQ(back.info.image, info_of(field).image);
      EXPECT_EQ(back.info.dataset, "levels");
      EXPECT_EQ(back.info.field, field);
    }
}

TEST_F(PackedNetworks, TakeFourBytesAParameterThatIsLeftAndTheIndex) {
  for (const NumberField field : {NumberField::kReal, NumberField::kComplex})
    for (const double threshold : {-1e6, -6.0, -4.0, 1e6}) {
      const SparsityCount count = masked(field, threshold).count(masked(field, threshold).masks());
      const PackedSize size = save(field, threshold);
      const std::int64_t weights = size.of_weights.values / 4, left = count.parameters() - count.zeros();
      EXPECT_LE(weights, left);
      EXPECT_LT(size.file, 4 * left + size.of_weights.index + 200) << threshold;
      const std::int64_t index = size.of_weights.index;
      EXPECT_TRUE(index < 40 || (threshold != 1e6 && threshold != -1e6)) << threshold << ": " << index;
    }
}

TEST_F(PackedNetworks, CutOrAlteredAreRefusedInOneLine) {
  save(NumberField::kReal, -4);
  EXPECT_TRUE(begins_like_packed_file(path_));
  const std::vector<std::uint8_t> sound = read_file(path_);
  const auto expect_refused = [&](const std::vector<std::uint8_t>& bytes, const std::string& what) {
    write(bytes);
    try {
      load_packed_network(path_);
      ADD_FAILURE() << what;
    } catch (const UserError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << what;
    }
  };
  for (std::size_t i = 0; i < sound.size(); i += i < 200 ? 1 : 1 + sound.size() / 97) {
    expect_refused({sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(i)},
                   "cut at " + std::to_string(i));
    std::vector<std::uint8_t> altered = sound;
    altered[i] ^= 0x10;
    expect_refused(altered, "altered at " + std::to_string(i));
  }
}

/// With a checksum that fits, whatever it holds.
TEST_F(PackedNetworks, ThatSayNonsenseAreRefused) {
  save(NumberField::kReal, -4);
  const std::vector<std::uint8_t> sound = read_file(path_);
  const PackedFile file = open_packed_file({sound.data(), sound.size()});
  const std::vector<std::uint8_t> body(file.body.data, file.body.data + file.body.size);
  const auto expect_refused = [](const std::string& description, const std::vector<std::uint8_t>& content) {
    const std::vector<std::uint8_t> bytes = seal_packed_file(description, content);
    EXPECT_THROW(read_packed_network({bytes.data(), bytes.size()}), CorruptEntry) << description;
  };
  for (const char* nonsense :
       {"", "{", "{}", "[1]",
        R"({"model":"vgg16","dataset":"x","image":[1,16,16],"classes":3,"complex":false})",
        R"({"model":"simpleconv","dataset":"x","image":[1,4,4],"classes":3,"complex":false})",
        R"({"model":"simpleconv","dataset":"x","image":[1,16,-16],"classes":3,"complex":false})",
        R"({"model":"twolayerdense","dataset":"x","image":[4096,4096,4096],"classes":3,"complex":false})",
        R"({"model":"simpleconv","dataset":"x","image":[1,16,16],"classes":0,"complex":false})",
        R"({"model":"simpleconv","dataset":"x","image":[1,16],"classes":3,"complex":false})"})
    expect_refused(nonsense, body);
  std::vector<std::uint8_t> longer = body;
  longer.push_back(0);
  expect_refused(file.description, longer);
  Rng rng(5);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<std::uint8_t> altered = body;
    altered[static_cast<std::size_t>(rng.next() % altered.size())] = static_cast<std::uint8_t>(rng.next());
    const std::vector<std::uint8_t> bytes = seal_packed_file(file.description, altered);
    try {  // another value of a weight cannot be told; everything else is an error, not a crash
      read_packed_network({bytes.data(), bytes.size()});
    } catch (const CorruptEntry&) {
    }
  }
}

TEST(PackedFiles, AreToldFromOthers) {
  EXPECT_FALSE(begins_like_packed_file("no_such_file"));
  const std::vector<std::uint8_t> other{'P', 'K', 'S', 'P'};
  EXPECT_THROW(open_packed_file({other.data(), other.size()}), CorruptEntry);
  std::vector<std::uint8_t> newer = seal_packed_file("{}", {});
  newer[8] = 2;
  EXPECT_THROW(open_packed_file({newer.data(), newer.size()}), CorruptEntry);
}

}  // namespace
}  // namespace packrat
