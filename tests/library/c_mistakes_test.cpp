// What the C interface answers to mistakes, freed handles and altered bytes.
#include <functional>
#include <limits>

#include "tests/library/c_stream.h"

namespace packrat::c {
namespace {

struct Mistake {
  const char* what;
  std::function<int()> call;
  int code;
  const char* message;
};

TEST(CMistakesTest, EveryMistakeIsACodeAndALineAndChangesNothing) {
  const auto codec = codec_of("none");
  const auto images = codec_of("none", kPixels);
  const auto buffer = buffer_of("none", "reservoir", "slots:20");
  ASSERT_EQ(add(buffer.get(), 0, 30), PKR_OK);
  const auto before = bytes_of(buffer.get());
  pkr_codec* c = nullptr;
  pkr_buffer* b = nullptr;
  pkr_head* h = nullptr;
  std::vector<float> bad = data().rows;
  bad[5 * kValues + 3] = std::numeric_limits<float>::quiet_NaN();
  std::vector<std::int64_t> labels = data().labels;
  labels[2] = 5;
  std::vector<float> out(kRows * kValues);
  std::int64_t slots[30] = {0, 1, 25};
  std::uint8_t* bytes = nullptr;
  std::int64_t* offsets = nullptr;
  std::int64_t size = 0;
  const void* const columns[] = {data().logits.data(), data().task.data()};
  const void* const missing[] = {data().logits.data(), nullptr};
  const std::int64_t falling[] = {0, 8, 4};
  const pkr_domain flat{{0, 2, 2}, 0, {}, {}}, five{{5, 2, 2}, 1, {}, {}},
      huge{{1 << 20, 1 << 20, 1}, 0, {}, {}};
  const pkr_column twice[] = {{"a", PKR_UINT8, 1}, {"a", PKR_UINT8, 1}}, typeless[] = {{"a", 99, 1}};
  const std::vector<std::uint8_t> zeros(5000);
  std::vector<Mistake> mistakes{
      {"NULL codec", [&] { return pkr_codec_make("none", &kMaps, nullptr); }, 1, "codec is NULL"},
      {"NULL spec", [&] { return pkr_codec_make(nullptr, &kMaps, &c); }, 1, "spec is NULL"},
      {"NULL domain", [&] { return pkr_codec_make("none", nullptr, &c); }, 1, "domain is NULL"},
      {"a stage with a line end in its name", [&] { return pkr_codec_make("zi\np", &kMaps, &c); }, 1,
       "zi\\x0ap"},
      {"a file with a line end in its name", [&] { return pkr_codec_load("no\nfile", nullptr, &c); }, 1,
       "no\\x0afile"},
      {"unknown stage", [&] { return pkr_codec_make("zip", &kMaps, &c); }, 1, "zip"},
      {"unfitted", [&] { return pkr_codec_make("codebook:states=4", &kMaps, &c); }, 1, "fit"},
      {"no channels", [&] { return pkr_codec_make("none", &flat, &c); }, 1, "a shape of 0 x 2 x 2"},
      {"five channels", [&] { return pkr_codec_make("none", &five, &c); }, 1, "1 to 3 channels, not 5"},
      {"too large", [&] { return pkr_codec_make("none", &huge, &c); }, 1, "at most 2^30 values"},
      {"one row",
       [&] { return pkr_codec_fit("codebook:states=4", &kMaps, bad.data(), PKR_FLOAT32, 1, nullptr, &c); }, 1,
       "give 2 or more"},
      {"NaN to learn",
       [&] { return pkr_codec_fit("codebook:states=4", &kMaps, bad.data(), PKR_FLOAT32, 9, nullptr, &c); }, 1,
       "row 5 holds NaN"},
      {"uint8 maps",
       [&] { return pkr_codec_encode(codec.get(), bad.data(), PKR_UINT8, 1, 1, &bytes, &offsets); }, 1,
       "rows of feature maps are float32, not uint8"},
      {"int8 images",
       [&] { return pkr_codec_encode(images.get(), bad.data(), PKR_INT8, 1, 1, &bytes, &offsets); }, 1,
       "float32 or uint8, not int8"},
      {"dtype 99", [&] { return pkr_codec_encode(codec.get(), bad.data(), 99, 1, 1, &bytes, &offsets); }, 1,
       "dtype 99"},
      {"-1 rows",
       [&] { return pkr_codec_encode(codec.get(), bad.data(), PKR_FLOAT32, -1, 1, &bytes, &offsets); }, 1,
       "-1"},
      {"NULL rows",
       [&] { return pkr_codec_encode(codec.get(), nullptr, PKR_FLOAT32, 1, 1, &bytes, &offsets); }, 1,
       "rows is NULL"},
      {"no threads",
       [&] { return pkr_codec_encode(codec.get(), out.data(), PKR_FLOAT32, 1, 0, &bytes, &offsets); }, 1,
       "threads is 0"},
      {"falling offsets",
       [&] { return pkr_codec_decode(codec.get(), zeros.data(), falling, 2, PKR_FLOAT32, out.data(), 1); }, 1,
       "offsets 1 and 2 are 8 and 4"},
      {"short entries",
       [&] {
         const std::int64_t o[] = {0, 3};
         return pkr_codec_decode(codec.get(), zeros.data(), o, 1, PKR_FLOAT32, out.data(), 1);
       },
       PKR_ERROR_CORRUPT, "entry 0 of the batch has 3 bytes"},
      {"no file", [&] { return pkr_codec_load("/no/such/file", nullptr, &c); }, 1, "/no/such/file"},
      {"zeros as codec", [&] { return pkr_codec_from_bytes(zeros.data(), 5000, nullptr, &c); }, 1,
       "the codec"},
      {"no bytes as codec", [&] { return pkr_codec_from_bytes(nullptr, 0, nullptr, &c); }, 1, "the codec"},
      {"no classes",
       [&] { return pkr_buffer_make(codec.get(), 0, "1MiB", "ring", 0, nullptr, 0, nullptr, &b); }, 1,
       "between 1 and 65536"},
      {"tiny budget",
       [&] { return pkr_buffer_make(codec.get(), 5, "100", "ring", 0, nullptr, 0, nullptr, &b); }, 1,
       "a budget of 100 bytes is too small"},
      {"no budget",
       [&] { return pkr_buffer_make(codec.get(), 5, "slots:many", "ring", 0, nullptr, 0, nullptr, &b); }, 1,
       "slots:many"},
      {"too many slots",
       [&] {
         return pkr_buffer_make(codec.get(), 5, "slots:99999999999", "ring", 0, nullptr, 0, nullptr, &b);
       },
       1, "99999999999 slots"},
      {"no memory",
       [&] { return pkr_buffer_make(codec.get(), 5, "8000000GB", "greedy", 0, nullptr, 0, nullptr, &b); }, 1,
       "slots"},
      {"no sampler",
       [&] { return pkr_buffer_make(codec.get(), 5, "1MiB", "best", 0, nullptr, 0, nullptr, &b); }, 1,
       "unknown sampler 'best'"},
      {"no storage",
       [&] { return pkr_buffer_make(codec.get(), 5, "1MiB", "ring", 0, nullptr, 0, "tape", &b); }, 1,
       "'tape'"},
      {"columns twice",
       [&] { return pkr_buffer_make(codec.get(), 5, "1MiB", "ring", 0, twice, 2, nullptr, &b); }, 1,
       "two columns are called 'a'"},
      {"column of no type",
       [&] { return pkr_buffer_make(codec.get(), 5, "1MiB", "ring", 0, typeless, 1, nullptr, &b); }, 1,
       "dtype 99"},
      {"label 5",
       [&] { return pkr_buffer_add(buffer.get(), out.data(), PKR_FLOAT32, labels.data(), columns, 9); }, 1,
       "label 5 is no class"},
      {"NaN",
       [&] {
         return pkr_buffer_add(buffer.get(), bad.data(), PKR_FLOAT32, data().labels.data(), columns, 9);
       },
       1, "row 5 holds NaN"},
      {"no columns",
       [&] {
         return pkr_buffer_add(buffer.get(), out.data(), PKR_FLOAT32, data().labels.data(), nullptr, 9);
       },
       1, "columns is NULL"},
      {"a column is missing",
       [&] {
         return pkr_buffer_add(buffer.get(), out.data(), PKR_FLOAT32, data().labels.data(), missing, 9);
       },
       1, "column 'task' is NULL"},
      {"21 of 20", [&] { return pkr_buffer_sample(buffer.get(), 21, 0, slots); }, 1, "from a buffer of 20"},
      {"slot 25",
       [&] { return pkr_buffer_get(buffer.get(), slots, 3, PKR_FLOAT32, out.data(), nullptr, nullptr, 1); },
       1, "slot 25 holds no entry"},
      {"replace 25",
       [&] {
         return pkr_buffer_replace(buffer.get(), slots, out.data(), PKR_FLOAT32, data().labels.data(),
                                   columns, 3);
       },
       1, "slot 25 holds no entry"},
      {"replace label 5",
       [&] {
         return pkr_buffer_replace(buffer.get(), slots, out.data(), PKR_FLOAT32, labels.data() + 1, columns,
                                   2);
       },
       1, "label 5 is no class"},
      {"remove 25", [&] { return pkr_buffer_remove(buffer.get(), slots, 3); }, 1, "slot 25 holds no entry"},
      {"column 2", [&] { return pkr_buffer_set_column(buffer.get(), 2, slots, out.data(), 1); }, 1,
       "column 2"},
      {"resize to nothing", [&] { return pkr_buffer_resize(buffer.get(), "slots:0"); }, 1, "0 slots"},
      {"room for one item",
       [&] {
         pkr_ledger_item item;
         std::int32_t n = 1;
         return pkr_buffer_ledger(buffer.get(), &item, &n);
       },
       1, "room for 1 items"},
      {"a folder that is not there", [&] { return pkr_buffer_save(buffer.get(), "/proc/no/such"); }, 1,
       "/proc/no"},
      {"zeros as buffer", [&] { return pkr_buffer_from_bytes(zeros.data(), 5000, &b); }, 1,
       "is not a Packrat buffer"},
      {"NULL buffer", [&] { return pkr_buffer_to_bytes(nullptr, &bytes, &size); }, 1, "the buffer is NULL"},
  };
  const std::vector<Mistake> of_heads{
      {"head of entries", [&] { return pkr_head_make("gdumb", kMaps.shape, 5, 0, 1, &h); }, 1,
       "keeps entries"},
      {"no head", [&] { return pkr_head_make("svm", kMaps.shape, 5, 0, 1, &h); }, 1,
       "head 'svm' is unknown: choose from ncm, slda"},
      {"zeros as head", [&] { return pkr_head_from_bytes(zeros.data(), 5000, 1, &h); }, PKR_ERROR_CORRUPT,
       "not the bytes of a head"},
  };
  if (has_heads()) mistakes.insert(mistakes.end(), of_heads.begin(), of_heads.end());
  for (const Mistake& mistake : mistakes) {
    EXPECT_EQ(mistake.call(), mistake.code) << mistake.what << ": " << pkr_last_error();
    EXPECT_THAT(pkr_last_error(), ::testing::HasSubstr(mistake.message)) << mistake.what;
    EXPECT_THAT(pkr_last_error(), ::testing::Not(::testing::HasSubstr("\n"))) << mistake.what;
    EXPECT_EQ(bytes_of(buffer.get()), before) << mistake.what;
  }
  EXPECT_EQ(c, nullptr);
  EXPECT_EQ(b, nullptr);
  EXPECT_EQ(h, nullptr);
  EXPECT_EQ(bytes, nullptr);
}

TEST(CMistakesTest, FreedHandlesAndNumbersThatAreNoneAreErrors) {
  pkr_buffer* buffer = buffer_of("none", "ring", "slots:9").release();
  pkr_buffer_free(buffer);
  pkr_buffer_free(buffer);
  for (const pkr_buffer* handle :
       {static_cast<const pkr_buffer*>(buffer), reinterpret_cast<const pkr_buffer*>(12345)}) {
    EXPECT_EQ(pkr_buffer_size(handle), -1);
    EXPECT_THAT(pkr_last_error(), ::testing::HasSubstr("the buffer was freed"));
    EXPECT_EQ(pkr_buffer_sampler(handle), nullptr);
    EXPECT_EQ(pkr_buffer_save(handle, "/tmp/never"), PKR_ERROR_ARGUMENT);
  }
  EXPECT_EQ(pkr_codec_spec(nullptr), nullptr);
  EXPECT_EQ(pkr_head_values(nullptr), -1);
  pkr_codec_free(nullptr);
  pkr_head_free(nullptr);
  pkr_free(nullptr);
}

TEST(CMistakesTest, AlteredBufferBytesAreRefused) {
  for (const char* sampler : kSamplers) {
    const auto buffer = buffer_of("thin:factor=0.5", sampler, "slots:20");
    ASSERT_EQ(add(buffer.get(), 0, 60), PKR_OK);
    auto bytes = bytes_of(buffer.get());
    pkr_buffer* read = nullptr;
    for (std::size_t at = 0; at < bytes.size(); at += at < 700 ? 3 : 37) {
      bytes[at] ^= 0x10;
      EXPECT_EQ(pkr_buffer_from_bytes(bytes.data(), static_cast<std::int64_t>(bytes.size()), &read),
                PKR_ERROR_ARGUMENT)
          << sampler << ", byte " << at;
      bytes[at] ^= 0x10;
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{4096}, bytes.size() - 1})
      EXPECT_NE(pkr_buffer_from_bytes(bytes.data(), static_cast<std::int64_t>(size), &read), PKR_OK) << size;
    EXPECT_EQ(read, nullptr);
  }
}

}  // namespace
}  // namespace packrat::c
