#include "engine/buffer/buffer_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "compressors/codec.h"
#include "engine/buffer/file_header.h"
#include "engine/core/files.h"
#include "tests/buffer/test_codecs.h"

namespace packrat {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

constexpr int kClasses = 5;

class BufferFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("packrat_buffer_file_" + std::to_string(::getpid()) + "_" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    path_ = folder_ / "a.packrat";
  }
  void TearDown() override { fs::remove_all(folder_); }

  SavedBuffer load() { return load_buffer(path_, make_test_codec); }
  SavedBuffer read(const Bytes& file) {
    return read_buffer({file.data(), file.size()}, path_.string(), make_test_codec);
  }
  std::string error_of_reading(const Bytes& file) {
    try {
      read(file);
    } catch (const UserError& error) {
      return error.what();
    }
    return "it was accepted";
  }

  fs::path folder_, path_;
};

ReplayBuffer filled(const std::string& spec, const Domain& domain, Budget budget) {
  ReplayBuffer buffer(test_codec(spec, domain), kClasses, budget);
  const auto rows = random_rows(domain, 120, Rng(1));
  buffer.ingest({rows.data(), 120, domain.values()}, random_labels(kClasses, 120, Rng(2)), 0, Rng(3));
  return buffer;
}

const BufferOrigin kOrigin = {"CIFAR10", "cutr34", "3", "a1b2c3"};

/// A file whose body or descriptor was replaced by somebody who knows the format: all checksums are right.
Bytes sealed(const std::string& descriptor, const Bytes& body) {
  FileHeader header;
  header.descriptor = descriptor;
  header.body_bytes = body.size();
  header.body_checksum = checksum({body.data(), body.size()});
  Bytes file = header.encode();
  file.insert(file.end(), body.begin(), body.end());
  return file;
}

TEST_F(BufferFileTest, ABufferComesBackAsItWas) {
  for (const Domain& domain : {feature_domain(), pixel_domain()})
    for (const std::string& spec : codec_specs(domain))
      for (const Budget budget : {Budget::slots(17), Budget::slots(500), Budget::bytes(8000)}) {
        const ReplayBuffer buffer = filled(spec, domain, budget);
        save_buffer(buffer, kOrigin, path_);
        const auto [again, origin, draws] = load();
        const std::string where = spec + ", " + std::to_string(budget.amount);
        EXPECT_EQ(again.codec().spec(), buffer.codec().spec()) << where;
        EXPECT_EQ(again.codec().domain().shape, domain.shape) << where;
        EXPECT_EQ(again.codec().domain().mean, domain.mean) << where;
        EXPECT_EQ(again.ledger(), buffer.ledger()) << where;
        EXPECT_EQ(again.budget().amount, budget.amount) << where;
        EXPECT_EQ(again.sampler().name(), buffer.sampler().name()) << where;
        EXPECT_EQ(again.counts().image(), buffer.counts().image()) << where;
        EXPECT_EQ(origin.data_set, kOrigin.data_set);
        EXPECT_EQ(origin.weights, kOrigin.weights);
        ASSERT_EQ(again.size(), buffer.size()) << where;
        for (std::int64_t slot = 0; slot < buffer.size(); ++slot) {
          ASSERT_EQ(again.label(slot), buffer.label(slot)) << where;
          const ByteView a = again.entry(slot), b = buffer.entry(slot);
          ASSERT_EQ(Bytes(a.data, a.data + a.size), Bytes(b.data, b.data + b.size)) << where;
        }
      }
}

TEST_F(BufferFileTest, ItsSizeBehindTheHeaderIsTheLedgersTotal) {
  for (const char* spec :
       {"none", "quantize:states=3,range=local", "quantize:states=16,range=0:2", "nonzero"})
    for (const Budget budget : {Budget::slots(200), Budget::bytes(2500)}) {
      const ReplayBuffer buffer = filled(spec, feature_domain(), budget);
      save_buffer(buffer, kOrigin, path_);
      EXPECT_EQ(static_cast<std::int64_t>(fs::file_size(path_)) - kBufferFileHeaderBytes,
                buffer.ledger().buffer_total())
          << spec;
    }
}

// The worked example of engine/buffer/FILE_FORMAT.md.
TEST_F(BufferFileTest, TheDocumentedExampleIsWhatIsWritten) {
  Domain domain;
  domain.shape = {2, 1, 1};
  ReplayBuffer buffer(test_codec("none", domain), 2, Budget::slots(2));
  const float row[] = {1, 0};
  buffer.ingest({row, 1, 2}, {1}, 0, Rng(1));
  save_buffer(buffer, kOrigin, path_);
  const Bytes file = read_file(path_);
  ASSERT_EQ(file.size(), 4126u);
  EXPECT_EQ(Bytes(file.begin() + 4096, file.end()),
            (Bytes{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0,
                   0,    0x80, 0x3f, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(buffer.ledger().bytes(Item::kIndex), 12);
  EXPECT_EQ(buffer.ledger().bytes(Item::kSlack), 9);
}

TEST_F(BufferFileTest, ALoadedBufferGoesOnAsTheSavedOneWould) {
  for (const char* spec : {"thin:factor=0.5", "nonzero"})
    for (const Budget budget : {Budget::slots(30), Budget::bytes(2500)}) {
      ReplayBuffer buffer = filled(spec, feature_domain(), budget);
      save_buffer(buffer, kOrigin, path_);
      ReplayBuffer again = load().buffer;
      const auto rows = random_rows(feature_domain(), 200, Rng(8));
      const auto labels = random_labels(kClasses, 200, Rng(9));
      for (ReplayBuffer* b : {&buffer, &again}) b->ingest({rows.data(), 200, 16}, labels, 120, Rng(3));
      ASSERT_EQ(buffer.size(), again.size()) << spec;
      for (std::int64_t slot = 0; slot < buffer.size(); ++slot) {
        const ByteView a = again.entry(slot), b = buffer.entry(slot);
        ASSERT_EQ(Bytes(a.data, a.data + a.size), Bytes(b.data, b.data + b.size))
            << spec << ", slot " << slot;
        ASSERT_EQ(again.label(slot), buffer.label(slot)) << spec << ", slot " << slot;
      }
    }
}

TEST_F(BufferFileTest, WhatIsWrongWithAFileIsSaidInOneLine) {
  save_buffer(filled("none", feature_domain(), Budget::slots(20)), kOrigin, path_);
  const Bytes good = read_file(path_);
  Bytes newer = good, altered_header = good, altered_body = good, longer = good;
  newer[8] = 3;
  altered_header[100] ^= 1;
  altered_body[4096 + 50] ^= 1;
  longer.push_back(0);
  const std::string name = path_.string();
  EXPECT_EQ(error_of_reading({}), name + " is not a Packrat buffer file");
  EXPECT_EQ(error_of_reading(Bytes(9000, 'x')), name + " is not a Packrat buffer file");
  EXPECT_THAT(error_of_reading(newer), HasSubstr("newer Packrat (format 3, this program reads 2)"));
  EXPECT_THAT(error_of_reading(Bytes(good.begin(), good.begin() + 4000)), HasSubstr("is cut short"));
  EXPECT_THAT(error_of_reading(Bytes(good.begin(), good.end() - 1)), HasSubstr("is cut short: 1 of"));
  EXPECT_THAT(error_of_reading(altered_header), HasSubstr("its header was altered"));
  EXPECT_THAT(error_of_reading(altered_body), HasSubstr("its entries were altered"));
  EXPECT_THAT(error_of_reading(longer), HasSubstr("1 bytes follow its end"));
  fs::remove(path_);
  EXPECT_THROW(load(), UserError) << "no such file";
}

TEST_F(BufferFileTest, AnyFlipOrCutIsAUserErrorAndNeverMore) {
  for (const char* spec : {"quantize:states=4,range=local", "nonzero"}) {
    save_buffer(filled(spec, feature_domain(), Budget::bytes(900)), kOrigin, path_);
    const Bytes good = read_file(path_);
    Rng rng(4);
    for (int trial = 0; trial < 500; ++trial) {
      Bytes bad = good;
      bad[rng.below(bad.size())] ^= static_cast<std::uint8_t>(1 + rng.below(255));
      if (trial % 5 == 0) bad.resize(rng.below(bad.size()));
      const std::string error = error_of_reading(bad);
      ASSERT_NE(error, "it was accepted") << spec << ", trial " << trial;
      ASSERT_EQ(error.find('\n'), std::string::npos);
    }
  }
}

TEST_F(BufferFileTest, ALiarWithRightChecksumsIsFoundOutOrHarmless) {
  for (const char* spec : {"quantize:states=4,range=local", "nonzero"}) {
    const ReplayBuffer buffer = filled(spec, feature_domain(), Budget::bytes(900));
    save_buffer(buffer, kOrigin, path_);
    const Bytes good = read_file(path_);
    const std::string descriptor = FileHeader::decode({good.data(), good.size()}, "").descriptor;
    const Bytes body(good.begin() + 4096, good.end());
    Rng rng(6);
    int accepted = 0;
    for (int trial = 0; trial < 1500; ++trial) {
      std::string text = descriptor;
      Bytes bytes = body;
      if (trial % 2 == 0)
        text[rng.below(text.size())] = static_cast<char>(32 + rng.below(95));
      else
        bytes[rng.below(trial % 4 == 1 ? 40 : bytes.size())] ^= static_cast<std::uint8_t>(1 << rng.below(8));
      if (trial % 10 == 0) bytes.resize(rng.below(bytes.size()));
      try {
        const SavedBuffer saved = read(sealed(text, bytes));
        ++accepted;
        std::vector<float> out(static_cast<std::size_t>(saved.buffer.codec().domain().values()));
        for (std::int64_t slot = 0; slot < saved.buffer.size(); ++slot)
          saved.buffer.decode({slot}, {out.data(), 1, static_cast<std::int64_t>(out.size())});
      } catch (const UserError&) {
      } catch (const CorruptEntry&) {  // an entry that no encoder writes is found when it is decoded
      }
    }
    EXPECT_LT(accepted, 1000) << spec;
  }
}

TEST_F(BufferFileTest, ADescriptionThatDoesNotFitIsRefusedAndNothingIsWritten) {
  BufferOrigin origin = kOrigin;
  origin.data_set = std::string(5000, 'x');
  EXPECT_THROW(save_buffer(filled("none", feature_domain(), Budget::slots(20)), origin, path_), UserError);
  EXPECT_FALSE(fs::exists(path_));
}

}  // namespace
}  // namespace packrat
