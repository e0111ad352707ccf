#include "engine/data/feature_dataset.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>

#include "engine/data/dataset_name.h"
#include "engine/data/feature_files.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_archive.h"
#include "tests/data/make_features.h"
#include "tests/support/temp_folder.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FeatureDatasetTest : public ::testing::Test {
 protected:
  FeatureDatasetTest() { write_toy_features(folder_ / "emb", 12, 6, {5}, 3); }

  std::string name() const { return "features:" + (folder_ / "emb").string(); }
  Dataset load() const { return load_dataset(name(), folder_ / "data"); }
  void write_train(const ArraysToWrite& arrays,
                   const std::map<std::string, std::string>& metadata = {}) const {
    write_as_safetensors(folder_ / "emb/train.safetensors", arrays, metadata);
  }
  /// The training arrays, changed.
  void change(const std::function<void(ArraysToWrite&)>& edit) const {
    ArraysToWrite arrays = toy_features(12, {5}, 3, 1);
    edit(arrays);
    write_train(arrays);
  }

  TempFolder folder_;
};

std::string bytes_of(const MappedRows& rows) {
  return {reinterpret_cast<const char*>(rows.data), static_cast<std::size_t>(rows.count * rows.row_bytes())};
}

TEST_F(FeatureDatasetTest, IsTheSameInEveryForm) {
  const ArraysToWrite train = toy_features(12, {2, 3, 4}, 3, 1), test = toy_features(6, {2, 3, 4}, 3, 2);
  const auto as_npz = [](const fs::path& path, const ArraysToWrite& arrays) {
    std::vector<Entry> members;
    for (const auto& [name, array] : arrays) members.push_back({name + ".npy", array.npy(), ""});
    make_archive(path.string() + ".zip", members);
    fs::rename(path.string() + ".zip", path);
  };
  std::map<std::string, std::string> names;
  for (const auto& [split, arrays] : {std::make_pair("train", train), std::make_pair("test", test)}) {
    write_as_safetensors(folder_ / "a" / (std::string(split) + ".safetensors"), arrays);
    write_as_npy(folder_ / "b" / split, arrays);
    fs::create_directories(folder_ / "c");
    as_npz(folder_ / "c" / (std::string(split) + ".npz"), arrays);
  }
  const std::string top = folder_.path().string();
  for (const std::string& text :
       {"features:" + top + "/a", "features:" + top + "/b/", "features:" + top + "/c",
        "features:" + top + "/a/train.safetensors," + top + "/c/test.npz",
        "features:" + top + "/b/train.features.npy," + top + "/a/test.safetensors"}) {
    SCOPED_TRACE(text);
    const Dataset dataset = load_dataset(text, folder_ / "data");
    EXPECT_EQ(dataset.info.classes, 3);
    EXPECT_EQ(dataset.info.feature_shape, (std::array<std::int64_t, 3>{2, 3, 4}));
    EXPECT_THAT(dataset.info.train_of_class, ElementsAre(4, 4, 4));
    EXPECT_EQ(dataset.info.images(Split::kTest), 6);
    EXPECT_EQ(dataset.train.labels[4], 1);
    EXPECT_EQ(bytes_of(*dataset.train.rows), train.at("features").bytes);
    EXPECT_EQ(bytes_of(*dataset.test.rows), test.at("features").bytes);
    EXPECT_THAT(dataset.class_names, ElementsAre("class 0", "class 1", "class 2"));
  }
}

TEST_F(FeatureDatasetTest, TakesEveryTypeOfValuesAndOfLabels) {
  for (const auto& [type, bytes] :
       std::vector<std::pair<std::string, std::size_t>>{{"F32", 4}, {"F16", 2}, {"BF16", 2}, {"U8", 1}}) {
    change([&, &t = type, &b = bytes](ArraysToWrite& arrays) {
      arrays["features"] = {t, {12, 5}, std::string(12 * 5 * b, '\1')};
    });
    EXPECT_EQ(feature_type_code(load().train.rows->type), type);
  }
  const auto with = [&](const ArrayToWrite& labels) {
    change([&](ArraysToWrite& arrays) { arrays["labels"] = labels; });
    EXPECT_THAT(load().train.labels, ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2)) << labels.type;
  };
  const std::vector<int> labels{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
  with(array_of<std::int64_t>("I64", {12}, {labels.begin(), labels.end()}));
  with(array_of<std::int32_t>("I32", {12}, {labels.begin(), labels.end()}));
  with(array_of<std::int16_t>("I16", {12}, {labels.begin(), labels.end()}));
  with(array_of<std::int8_t>("I8", {12}, {labels.begin(), labels.end()}));
  with(array_of<std::uint64_t>("U64", {12}, {labels.begin(), labels.end()}));
  with(array_of<std::uint32_t>("U32", {12}, {labels.begin(), labels.end()}));
  with(array_of<std::uint16_t>("U16", {12}, {labels.begin(), labels.end()}));
  with(array_of<std::uint8_t>("U8", {12}, {labels.begin(), labels.end()}));
}

TEST_F(FeatureDatasetTest, RowsAreVectorsUnlessTheyHaveChannelsHeightAndWidth) {
  using Shape = std::array<std::int64_t, 3>;
  for (const auto& [row, expected] : std::vector<std::pair<std::vector<std::int64_t>, Shape>>{
           {{7}, {7, 1, 1}}, {{7, 2}, {14, 1, 1}}, {{3, 4, 5}, {3, 4, 5}}, {{2, 2, 2, 2}, {16, 1, 1}}}) {
    write_toy_features(folder_ / "emb", 4, 4, row, 2);
    EXPECT_EQ(load().info.feature_shape, expected);
  }
}

TEST_F(FeatureDatasetTest, NamesItsClassesByMetadataOrByAFile) {
  write_bytes(folder_ / "emb/class_names.txt", "ant\nbee\ncat\n");
  EXPECT_THAT(load().class_names, ElementsAre("ant", "bee", "cat"));
  write_train(toy_features(12, {5}, 3, 1), {{"class_names", R"(["x","y","z"])"}});
  EXPECT_THAT(load().class_names, ElementsAre("x", "y", "z"));
  for (const auto& [names, expected] :
       std::vector<std::pair<std::string, std::string>>{{R"(["x"])", "name 1 classes, but there are 3"},
                                                        {"x,y,z", "no JSON list"},
                                                        {R"({"a":1})", "no JSON list"}}) {
    write_train(toy_features(12, {5}, 3, 1), {{"class_names", names}});
    EXPECT_THAT(user_error([&] { load(); }), HasSubstr(expected));
  }
  write_train(toy_features(12, {5}, 3, 1));
  write_bytes(folder_ / "emb/class_names.txt", "ant\nbee\n");
  EXPECT_THAT(user_error([&] { load(); }), AllOf(HasSubstr("class_names.txt"), HasSubstr("2 class names")));
}

TEST_F(FeatureDatasetTest, SaysWhatIsWrongAndInWhichRow) {
  const auto labels = [](std::vector<std::int64_t> values) {
    return [values](ArraysToWrite& arrays) {
      arrays["labels"] = array_of("I64", {static_cast<std::int64_t>(values.size())}, values);
    };
  };
  const auto value = [](int place, float x) {
    return [=](ArraysToWrite& arrays) {
      std::memcpy(arrays["features"].bytes.data() + 4 * place, &x, sizeof x);
    };
  };
  const auto features = [](const std::string& type, std::vector<std::int64_t> shape, std::size_t bytes) {
    return [=](ArraysToWrite& arrays) { arrays["features"] = {type, shape, std::string(bytes, '\0')}; };
  };
  struct Case {
    std::function<void(ArraysToWrite&)> edit;
    std::string expected;
  };
  for (const Case& c : std::vector<Case>{
           {labels({0, 1, 2}), "has 3 labels for 12 rows"},
           {labels({0, 1, 2, 0, 1, 2, 0, -1, 2, 0, 1, 2}),
            "row 7 of its labels is -1, but must be from 0 to 65534"},
           {labels({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 4294967296}), "row 11 of its labels is 4294967296"},
           {labels({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), "one class alone"},
           {labels({0, 1, 3, 0, 1, 3, 0, 1, 3, 0, 1, 3}),
            "no row of class 2: number the classes without gaps"},
           {labels({0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0}), "test.safetensors: row 2 is of class 2, but"},
           {value(17, std::numeric_limits<float>::quiet_NaN()),
            "row 3 of the features has NaN or infinity at place 2"},
           {value(59, -std::numeric_limits<float>::infinity()),
            "row 11 of the features has NaN or infinity at place 4"},
           {features("F64", {12, 5}, 480), "F64, but must be float32, float16, bfloat16 or uint8"},
           {features("F32", {12}, 48), "have the shape 12: give [rows, values]"},
           {features("F32", {0, 5}, 0), "there are no rows"},
           {features("F32", {12, 0}, 0), "its rows are empty"},
           {features("U8", {1, 1048577}, 1048577), "1048576 values at most"},
           {features("F32", {12, 4}, 192), "rows of 4 values, but"},
           {[](ArraysToWrite& arrays) { arrays.erase("labels"); }, "holds no array 'labels'"},
           {[](ArraysToWrite& arrays) { arrays.erase("features"); }, "holds no array 'features'"},
           {[](ArraysToWrite& arrays) {
              arrays["labels"] = {"F32", {12}, std::string(48, '\0')};
            },
            "labels are F32, but must be whole numbers"},
           {[](ArraysToWrite& arrays) {
              arrays["labels"].shape = {12, 1};
            },
            "the shape 12x1, but there must be one"},
           {[](ArraysToWrite& arrays) {
              arrays["tasks"] = array_of<std::int64_t>("I64", {2}, {0, 1});
            },
            "has 2 tasks for 12 rows"},
       }) {
    change(c.edit);
    const std::string message = user_error([&] { load(); });
    EXPECT_THAT(message, AllOf(HasSubstr(c.expected), HasSubstr((folder_ / "emb").string())));
  }
}

TEST_F(FeatureDatasetTest, SaysWhichFilesItNeeds) {
  const auto error_of = [&](const std::string& rest) {
    return user_error([&] { load_dataset("features:" + rest, folder_ / "data"); });
  };
  EXPECT_THAT(error_of((folder_ / "none").string()),
              HasSubstr("has no train features: give a folder with train.safetens"));
  EXPECT_THAT(error_of(""), HasSubstr("names no files"));
  EXPECT_THAT(error_of("/x/a.npy,/x/b.npy"), HasSubstr("beside NAME.labels.npy: rename it"));
  EXPECT_THAT(error_of("/x/a.npz,/x/b.npz"), HasSubstr("cannot read /x/a.npz"));
  write_as_npy(folder_ / "emb/train", toy_features(12, {5}, 3, 1));
  EXPECT_THAT(error_of((folder_ / "emb").string()),
              HasSubstr("both train.safetensors and train.features.npy"));
  fs::remove(folder_ / "emb/train.safetensors");
  fs::remove(folder_ / "emb/train.labels.npy");
  EXPECT_THAT(error_of((folder_ / "emb").string()), HasSubstr("train.labels.npy"));
}

TEST_F(FeatureDatasetTest, CutShortAnywhereIsOneLineAndNoCrash) {
  const auto file = folder_ / "emb/train.safetensors";
  const std::string whole = read_text(file);
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    write_bytes(file, whole.substr(0, length));
    EXPECT_THAT(user_error([&] { load(); }), HasSubstr("train.safetensors")) << length;
  }
}

TEST_F(FeatureDatasetTest, IsCheckedAndHashedOnceAndAgainWhenAFileChanged) {
  int checks = 0;
  const ProgressFn count = [&](std::string_view, std::int64_t done, std::int64_t total) {
    checks += done == total;
  };
  const auto load_counting = [&](bool again) {
    checks = 0;
    return load_features(name(), folder_ / "data", count, again).sha256;
  };
  const std::string first = load_counting(false);
  EXPECT_EQ(checks, 2);
  EXPECT_EQ(load_counting(false), first);
  EXPECT_EQ(checks, 0);
  EXPECT_EQ(load_counting(true), first);
  EXPECT_EQ(checks, 2);
  write_train(toy_features(12, {5}, 3, 7));
  EXPECT_NE(load_counting(false), first);
  EXPECT_EQ(checks, 1);
  fs::rename(folder_ / "emb", folder_ / "elsewhere");
  const std::string moved =
      load_features("features:" + (folder_ / "elsewhere").string(), folder_ / "data", {}).sha256;
  fs::rename(folder_ / "elsewhere", folder_ / "emb");
  EXPECT_EQ(moved, load_counting(false)) << "the digest is of the content alone";
}

TEST_F(FeatureDatasetTest, TellsWhenAFileChangesAfterItWasOpened) {
  const Dataset dataset = load();
  EXPECT_NO_THROW(dataset.train.rows->file->check_unchanged());
  const auto file = folder_ / "emb/train.safetensors";
  fs::resize_file(file, fs::file_size(file) - 4);
  EXPECT_THAT(user_error([&] { dataset.train.rows->file->check_unchanged(); }),
              HasSubstr("changed while it was read"));
  EXPECT_THAT(user_error([&] { check_finite(*dataset.train.rows, {}); }),
              HasSubstr("changed while it was read"));
}

TEST(FeaturePaths, AreAFolderOrTwoFilesHoweverTheyWereTyped) {
  const std::string here = fs::current_path().string();
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"features:emb", here + "/emb"},
           {"features:./x/../emb/", here + "/emb"},
           {"features:/a,b", "/a,b"},
           {"features:/a.npz,/b.safetensors", "/a.npz,/b.safetensors"},
           {"features:a,1.npz,b.features.npy", here + "/a,1.npz," + here + "/b.features.npy"}}) {
    EXPECT_EQ(dataset_name(text), "features:" + expected);
    EXPECT_TRUE(names_features(text));
    EXPECT_EQ(dataset_display_name(text), text);
    EXPECT_THAT(dataset_file_stem(text), ::testing::MatchesRegex("[A-Za-z0-9._-]*-[0-9a-f]{8}"));
  }
  EXPECT_NE(dataset_file_stem("features:/a/emb"), dataset_file_stem("features:/b/emb"));
  EXPECT_FALSE(names_features("folder:x"));
}

TEST_F(FeatureDatasetTest, IsRefusedWhereImagesAreNeeded) {
  EXPECT_THAT(user_error([&] { require_images(name(), "packrat pretrain"); }),
              HasSubstr("packrat pretrain needs images, but features:"));
  EXPECT_NO_THROW(require_images("cifar10", "packrat pretrain"));
}

}  // namespace
}  // namespace packrat::testing_data
