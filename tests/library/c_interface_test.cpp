// The C interface as a C program sees it: nothing but packrat.h. What it wrote is read by the engine, and the
// reverse.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/buffer_file.h"
#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "tests/library/c_stream.h"
#include "tests/support/temp_folder.h"

namespace packrat::c {
namespace {

using ::testing::HasSubstr;

TEST(CInterfaceTest, TheVersionsAreThoseOfTheHeaderAndTheProject) {
  EXPECT_EQ(pkr_abi_version(), PKR_ABI_VERSION);
  EXPECT_THAT(pkr_version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_EQ(pkr_dtype_bytes(PKR_FLOAT16), 2);
  std::int64_t bytes = 0;
  EXPECT_EQ(pkr_parse_bytes("1.5MiB", &bytes), PKR_OK);
  EXPECT_EQ(bytes, 1572864);
}

TEST(CInterfaceTest, ListsNameEveryStageSamplerAndHead) {
  for (const std::int32_t list : {PKR_LIST_STAGES, PKR_LIST_SAMPLERS, PKR_LIST_HEADS}) {
    const char *name = nullptr, *options = nullptr, *summary = nullptr;
    int row = 0;
    while (pkr_list(list, row, &name, &options, &summary) == 1) {
      EXPECT_STRNE(name, "");
      EXPECT_STRNE(summary, "") << name;
      ++row;
    }
    EXPECT_GE(row, list == PKR_LIST_HEADS && !has_heads() ? 0 : 5) << list;
  }
}

TEST(CInterfaceTest, RowsComeBackFromEntriesForAnyNumberOfThreads) {
  for (const char* spec : {"none", "quantize:states=4,range=local", "thin:factor=0.5", "float16"}) {
    const auto codec = codec_of(spec);
    std::vector<std::vector<std::uint8_t>> all;
    for (const int threads : {1, 3}) {
      std::uint8_t* bytes = nullptr;
      std::int64_t* offsets = nullptr;
      ASSERT_EQ(
          pkr_codec_encode(codec.get(), data().rows.data(), PKR_FLOAT32, kRows, threads, &bytes, &offsets),
          PKR_OK);
      const Owned<std::uint8_t> owner(bytes);
      const Owned<std::int64_t> offset_owner(offsets);
      EXPECT_EQ(offsets[kRows], kRows * pkr_codec_entry_bytes(codec.get())) << spec;
      std::vector<float> out(data().rows.size());
      ASSERT_EQ(pkr_codec_decode(codec.get(), bytes, offsets, kRows, PKR_FLOAT32, out.data(), threads),
                PKR_OK);
      if (std::string(spec) == "none") {
        EXPECT_EQ(out, data().rows);
      }
      all.emplace_back(bytes, bytes + offsets[kRows]);
      all.back().insert(all.back().end(), reinterpret_cast<std::uint8_t*>(out.data()),
                        reinterpret_cast<std::uint8_t*>(out.data() + out.size()));
    }
    EXPECT_EQ(all[0], all[1]) << spec;
  }
}

TEST(CInterfaceTest, PixelsGoInAndOutAsBytes) {
  for (const pkr_domain domain : {kPixels, pkr_domain{{3, 8, 8}, 1, {}, {}}}) {
    const auto codec = codec_of("none", domain);
    std::vector<std::uint8_t> images(10 * 192), out(images.size());
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 31);
    std::uint8_t* bytes = nullptr;
    std::int64_t* offsets = nullptr;
    ASSERT_EQ(pkr_codec_encode(codec.get(), images.data(), PKR_UINT8, 10, 1, &bytes, &offsets), PKR_OK);
    const Owned<std::uint8_t> owner(bytes);
    const Owned<std::int64_t> offset_owner(offsets);
    EXPECT_EQ(std::vector<std::uint8_t>(bytes, bytes + offsets[10]), images) << "lossless";
    ASSERT_EQ(pkr_codec_decode(codec.get(), bytes, offsets, 10, PKR_UINT8, out.data(), 2), PKR_OK);
    EXPECT_EQ(out, images);
  }
}

TEST(CInterfaceTest, AFittedCodecComesBackFromItsBytesAndItsFile) {
  const TempFolder folder;
  const std::string path = (folder.path() / "a.codec").string();
  for (const char* spec :
       {"codebook:states=4|entropy", "quantize:states=16,range=fit", "pq:subspaces=2,bits=4"}) {
    EXPECT_EQ(pkr_codec_must_be_fitted(spec), 1);
    pkr_codec* made = nullptr;
    ASSERT_EQ(pkr_codec_fit(spec, &kMaps, data().rows.data(), PKR_FLOAT32, kRows, nullptr, &made), PKR_OK)
        << pkr_last_error();
    const Owned<pkr_codec> codec(made);
    ASSERT_EQ(pkr_codec_save(codec.get(), path.c_str()), PKR_OK) << pkr_last_error();
    std::uint8_t* bytes = nullptr;
    std::int64_t size = 0;
    ASSERT_EQ(pkr_codec_to_bytes(codec.get(), &bytes, &size), PKR_OK);
    const Owned<std::uint8_t> owner(bytes);
    pkr_codec *from_file = nullptr, *from_bytes = nullptr;
    ASSERT_EQ(pkr_codec_load(path.c_str(), nullptr, &from_file), PKR_OK) << pkr_last_error();
    ASSERT_EQ(pkr_codec_from_bytes(bytes, size, nullptr, &from_bytes), PKR_OK) << pkr_last_error();
    std::vector<std::vector<std::uint8_t>> encoded;
    for (pkr_codec* c : {codec.get(), from_file, from_bytes}) {
      EXPECT_EQ(pkr_codec_shared_bytes(c), pkr_codec_shared_bytes(codec.get()));
      std::uint8_t* entries = nullptr;
      std::int64_t* offsets = nullptr;
      ASSERT_EQ(pkr_codec_encode(c, data().rows.data(), PKR_FLOAT32, 40, 1, &entries, &offsets), PKR_OK);
      encoded.emplace_back(entries, entries + offsets[40]);
      pkr_free(entries);
      pkr_free(offsets);
    }
    EXPECT_EQ(encoded[0], encoded[1]) << spec;
    EXPECT_EQ(encoded[0], encoded[2]) << spec;
    pkr_codec_free(from_file);
    pkr_codec_free(from_bytes);
    for (std::int64_t at = 0; at < size; at += 11) {
      bytes[at] ^= 4;
      pkr_codec* damaged = nullptr;
      EXPECT_NE(pkr_codec_from_bytes(bytes, size, nullptr, &damaged), PKR_OK) << spec << ", byte " << at;
      bytes[at] ^= 4;
    }
  }
}

TEST(CInterfaceTest, AFitStopsWhereTheProgressFunctionSaysSo) {
  pkr_fit_options options;
  pkr_fit_options_default(&options);
  int calls = 0;
  options.user = &calls;
  options.progress = [](void* user, const char* phase, int64_t, int64_t) {
    EXPECT_STRNE(phase, "");
    return ++*static_cast<int*>(user) == 2 ? 1 : 0;
  };
  pkr_codec* codec = nullptr;
  EXPECT_EQ(pkr_codec_fit("fcae:neurons=2,layers=1", &kMaps, data().rows.data(), PKR_FLOAT32, kRows, &options,
                          &codec),
            PKR_ERROR_INTERRUPTED);
  EXPECT_EQ(codec, nullptr);
  EXPECT_EQ(calls, 2);
}

TEST(CInterfaceTest, ABufferGoesOnFromItsBytesExactly) {
  for (const char* sampler : kSamplers)
    for (const char* budget : {"slots:40", "4000"}) {
      const auto buffer = buffer_of("quantize:states=4,range=local", sampler, budget);
      ASSERT_EQ(add(buffer.get(), 0, 130), PKR_OK) << pkr_last_error();
      std::int64_t slots[8];
      ASSERT_EQ(pkr_buffer_sample(buffer.get(), 8, 0, slots), PKR_OK);
      const auto bytes = bytes_of(buffer.get());
      pkr_buffer *loaded = nullptr, *copied = nullptr;
      ASSERT_EQ(pkr_buffer_from_bytes(bytes.data(), static_cast<std::int64_t>(bytes.size()), &loaded), PKR_OK)
          << pkr_last_error();
      ASSERT_EQ(pkr_buffer_copy(buffer.get(), &copied), PKR_OK);
      const Owned<pkr_buffer> owner(loaded), copy_owner(copied);
      EXPECT_EQ(pkr_buffer_offered(loaded), 130);
      for (pkr_buffer* b : {loaded, copied}) {
        std::int64_t mine[20], its[20];
        const auto original = bytes;
        pkr_buffer* start = nullptr;
        ASSERT_EQ(pkr_buffer_from_bytes(original.data(), static_cast<std::int64_t>(original.size()), &start),
                  PKR_OK);
        const Owned<pkr_buffer> start_owner(start);
        for (pkr_buffer* one : {start, b}) ASSERT_EQ(add(one, 130, kRows), PKR_OK);
        ASSERT_EQ(pkr_buffer_sample(start, 20, 0, mine), PKR_OK);
        ASSERT_EQ(pkr_buffer_sample(b, 20, 0, its), PKR_OK);
        EXPECT_EQ(std::vector<std::int64_t>(mine, mine + 20), std::vector<std::int64_t>(its, its + 20));
        EXPECT_EQ(bytes_of(start), bytes_of(b)) << sampler << ", " << budget;
      }
    }
}

TEST(CInterfaceTest, ColumnsAndLabelsComeBackWithTheirRows) {
  for (const char* sampler : kSamplers) {
    const auto buffer = buffer_of("none", sampler, "slots:50");
    ASSERT_EQ(add(buffer.get(), 0, kRows), PKR_OK);
    std::vector<std::int64_t> slots(50), labels(50);
    std::vector<float> rows(50 * kValues), logits(150);
    std::vector<std::uint8_t> task(50);
    ASSERT_EQ(pkr_buffer_sample(buffer.get(), 50, 0, slots.data()), PKR_OK);
    void* const columns[] = {logits.data(), task.data()};
    ASSERT_EQ(
        pkr_buffer_get(buffer.get(), slots.data(), 50, PKR_FLOAT32, rows.data(), labels.data(), columns, 2),
        PKR_OK)
        << pkr_last_error();
    for (std::size_t i = 0; i < 50; ++i) {
      const auto at = std::search(data().rows.begin(), data().rows.end(),
                                  rows.begin() + static_cast<std::ptrdiff_t>(i * kValues),
                                  rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * kValues)) -
                      data().rows.begin();
      const auto row = static_cast<std::size_t>(at / kValues);
      EXPECT_EQ(labels[i], data().labels[row]);
      EXPECT_EQ(task[i], data().task[row]);
      EXPECT_EQ(logits[3 * i], data().logits[3 * row]);
    }
    const float values[] = {7, 8, 9};
    ASSERT_EQ(pkr_buffer_set_column(buffer.get(), 0, slots.data(), values, 1), PKR_OK);
    void* const one[] = {logits.data(), nullptr};
    ASSERT_EQ(pkr_buffer_get(buffer.get(), slots.data(), 1, PKR_FLOAT32, nullptr, nullptr, one, 1), PKR_OK);
    EXPECT_EQ(logits[2], 9);
  }
}

// What libpackrat wrote is read by the engine, and the reverse; `packrat buffer inspect` uses the same
// reader.
TEST(CInterfaceTest, ItsFilesAreTheEnginesFiles) {
  const TempFolder folder;
  const auto path = folder.path() / "a.buffer";
  const auto buffer = buffer_of("quantize:states=16,range=local", "reservoir", "4000");
  ASSERT_EQ(add(buffer.get(), 0, kRows), PKR_OK);
  ASSERT_EQ(pkr_buffer_save(buffer.get(), path.c_str()), PKR_OK) << pkr_last_error();
  const SavedBuffer read = load_buffer(path);
  EXPECT_EQ(read.buffer.size(), pkr_buffer_size(buffer.get()));
  pkr_ledger_item items[16];
  std::int32_t count = 16;
  ASSERT_EQ(pkr_buffer_ledger(buffer.get(), items, &count), PKR_OK);
  std::int64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += items[i].bytes;
  EXPECT_EQ(sum, read.buffer.ledger().buffer_total());
  EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(path)), 4096 + sum);

  Domain domain;
  domain.shape = {4, 2, 2};
  ReplayBuffer of_program(std::make_shared<const Codec>(make_codec("thin:factor=0.5", domain)), 5,
                          Budget::bytes(3000));
  of_program.ingest({data().rows.data(), kRows, kValues},
                    std::vector<int>(data().labels.begin(), data().labels.end()), 0, Rng(3));
  save_buffer(of_program, {"CIFAR10", "cutr34", "3", "x"}, path);
  pkr_buffer* loaded = nullptr;
  ASSERT_EQ(pkr_buffer_load(path.c_str(), &loaded), PKR_OK) << pkr_last_error();
  const Owned<pkr_buffer> owner(loaded);
  EXPECT_EQ(pkr_buffer_size(loaded), of_program.size());
  EXPECT_STREQ(pkr_buffer_sampler(loaded), "greedy");
  EXPECT_STREQ(pkr_buffer_budget(loaded), "3000");
}

TEST(CInterfaceTest, AMappedBufferIsOpenedInPlace) {
  const TempFolder folder;
  const std::string path = (folder / "a.mapped").string(), storage = "mapped:" + path,
                    saved = (folder / "b").string();
  pkr_buffer* made = nullptr;
  ASSERT_EQ(pkr_buffer_make(codec_of("none").get(), 5, "slots:40", "reservoir", 3, kColumns, 2,
                            storage.c_str(), &made),
            PKR_OK)
      << pkr_last_error();
  ASSERT_EQ(add(made, 0, 100), PKR_OK) << pkr_last_error();
  pkr_buffer* twice = nullptr;
  EXPECT_EQ(pkr_buffer_load(path.c_str(), &twice), PKR_ERROR_ARGUMENT) << "it is open";
  EXPECT_STREQ(pkr_buffer_storage(made), "mapped");
  const auto before = bytes_of(made);
  pkr_buffer_free(made);
  pkr_buffer *opened = nullptr, *read = nullptr;
  ASSERT_EQ(pkr_buffer_load(path.c_str(), &opened), PKR_OK) << pkr_last_error();
  const Owned<pkr_buffer> owner(opened);
  EXPECT_EQ(bytes_of(opened), before);
  ASSERT_EQ(add(opened, 100, 200), PKR_OK);
  ASSERT_EQ(pkr_buffer_save(opened, saved.c_str()), PKR_OK) << pkr_last_error();
  ASSERT_EQ(pkr_buffer_load(saved.c_str(), &read), PKR_OK) << pkr_last_error();
  const Owned<pkr_buffer> read_owner(read);
  EXPECT_EQ(bytes_of(read), bytes_of(opened)) << "an ordinary file";
  EXPECT_STREQ(pkr_buffer_storage(read), "memory");
}

// tests/golden/library/README.md. What changes these bytes changes the format, and needs a version of its
// own.
TEST(CInterfaceTest, ItWritesTheGoldenFile) {
  const auto buffer = buffer_of("quantize:states=16,range=local", "class_balanced_reservoir", "2000");
  ASSERT_EQ(add(buffer.get(), 0, kRows), PKR_OK);
  const std::filesystem::path golden = source_dir() / "tests/golden/library/reservoir.buffer";
  if (std::getenv("PACKRAT_WRITE_GOLDEN") != nullptr) {
    ASSERT_EQ(pkr_buffer_save(buffer.get(), golden.c_str()), PKR_OK) << pkr_last_error();
  }
  EXPECT_EQ(bytes_of(buffer.get()), read_file(golden));
}

// The same rows in the same order give the same entries as the engine's own ingest.
TEST(CInterfaceTest, ItHoldsWhatTheEngineHolds) {
  pkr_buffer* made = nullptr;
  ASSERT_EQ(
      pkr_buffer_make(codec_of("thin:factor=0.5").get(), 5, "3000", "greedy", 3, nullptr, 0, nullptr, &made),
      PKR_OK);
  const Owned<pkr_buffer> buffer(made);
  for (std::int64_t at = 0; at < kRows; at += 50)
    ASSERT_EQ(pkr_buffer_add(buffer.get(), data().rows.data() + at * kValues, PKR_FLOAT32,
                             data().labels.data() + at, nullptr, 50),
              PKR_OK);
  Domain domain;
  domain.shape = {4, 2, 2};
  ReplayBuffer engine(std::make_shared<const Codec>(make_codec("thin:factor=0.5", domain)), 5,
                      Budget::bytes(3000));
  engine.ingest({data().rows.data(), kRows, kValues},
                std::vector<int>(data().labels.begin(), data().labels.end()), 0, Rng(3));
  std::vector<std::uint8_t> memory;
  engine.visit_memory([&](ByteView v) { memory.insert(memory.end(), v.data, v.data + v.size); });
  const auto file = bytes_of(buffer.get());
  EXPECT_EQ(std::vector<std::uint8_t>(file.begin() + 4096, file.end()), memory);
}

// One writer and readers that share a buffer, and one that frees it: errors or answers, never a crash.
TEST(CInterfaceTest, ThreadsMayShareABuffer) {
  pkr_buffer* buffer = buffer_of("quantize:states=4,range=local", "reservoir", "slots:50").release();
  ASSERT_EQ(add(buffer, 0, 60), PKR_OK);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 3; ++reader)
    threads.emplace_back([&] {
      std::int64_t slots[16], labels[16];
      std::vector<float> rows(16 * kValues);
      for (int i = 0; i < 200; ++i) {
        if (pkr_buffer_sample(buffer, 16, 0, slots) != PKR_OK) continue;
        const int code = pkr_buffer_get(buffer, slots, 16, PKR_FLOAT32, rows.data(), labels, nullptr, 1);
        if (code != PKR_OK && code != PKR_ERROR_ARGUMENT) ++wrong;
      }
    });
  threads.emplace_back([&] {
    for (int i = 0; i < 40; ++i) add(buffer, 60, 120);
    pkr_buffer_free(buffer);
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(pkr_buffer_size(buffer), -1);
}

/// Whether a row and its label were offered together.
bool is_of_the_stream(const float* row, std::int64_t label) {
  for (std::int64_t i = 0; i < kRows; ++i)
    if (label == data().labels[static_cast<std::size_t>(i)] &&
        std::equal(row, row + kValues, data().rows.data() + i * kValues))
      return true;
  return false;
}

TEST(CInterfaceTest, ReadersSeeWholeEntriesWhileAnotherThreadWrites) {
  const TempFolder folder;
  for (const std::string& storage : {std::string("memory"), "mapped:" + (folder.path() / "b").string()}) {
    pkr_buffer* made = nullptr;
    ASSERT_EQ(pkr_buffer_make(codec_of("none").get(), 5, "slots:50", "reservoir", 3, kColumns, 2,
                              storage.c_str(), &made),
              PKR_OK)
        << pkr_last_error();
    const Owned<pkr_buffer> buffer(made);
    ASSERT_EQ(add(buffer.get(), 0, 60), PKR_OK);
    std::atomic<bool> writes{true};
    std::atomic<int> torn{0}, refused{0};
    const auto read = [&] {
      std::int64_t slots[16], labels[16];
      std::vector<float> rows(16 * kValues);
      for (int i = 0; i < 100 || writes; ++i) {
        if (pkr_buffer_sample(buffer.get(), 16, 0, slots) != PKR_OK ||
            pkr_buffer_get(buffer.get(), slots, 16, PKR_FLOAT32, rows.data(), labels, nullptr, 1) != PKR_OK)
          ++refused;
        for (int j = 0; j < 16; ++j) torn += !is_of_the_stream(rows.data() + j * kValues, labels[j]);
      }
    };
    std::vector<std::thread> threads;
    for (int reader = 0; reader < 3; ++reader) threads.emplace_back(read);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(add(buffer.get(), 60, kRows), PKR_OK);
    writes = false;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(torn, 0) << storage;
    EXPECT_EQ(refused, 0) << storage;
  }
}

}  // namespace
}  // namespace packrat::c
