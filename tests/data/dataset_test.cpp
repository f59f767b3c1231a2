#include "ae/dataset.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "ae/error.h"
#include "idx_files.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using test::counting_idx;
using test::Environment;
using test::TemporaryFolder;
using testing::HasSubstr;

Dataset load(const std::string& source) {
    DatasetOptions options;
    options.source = source;
    options.download = false;
    return load_dataset(options);
}

std::string refusal(const std::string& source) {
    return test::message_of<DataError>([&] { load(source); });
}

/// Nothing of this machine is seen but what a test puts there.
struct EmptyMachine {
    TemporaryFolder folder;
    Environment data{"AE_DATA_DIR", (folder / "data").c_str()};
    Environment cache{"XDG_CACHE_HOME", (folder / "cache").c_str()};
};

TEST(Dataset, ReadsAFolderUnderTheUsualNames) {
    const TemporaryFolder folder;
    const fs::path at = folder / "digits";
    test::write_set(at);
    for (const char* renaming : {"train-images.idx3-ubyte.gz", "train-images-idx3-ubyte", "train-images.idx3-ubyte"}) {
        const Dataset data = load(at.string() + "/");
        EXPECT_EQ(data.name, "digits");
        EXPECT_EQ(data.origin, at.string());
        EXPECT_EQ(data.train.count, 7);
        EXPECT_EQ(data.test.count, 3);
        EXPECT_EQ(data.train.pixels_per_image(), 20);
        EXPECT_EQ(data.train.image(2)[1], 41);
        EXPECT_EQ(data.train.labels[6], 6);
        EXPECT_EQ(data.train.floats(1, 2)[20], 40.0f / 255);
        EXPECT_EQ(data.train.floats(1, 2).size(), 40u);
        for (const auto& entry : fs::directory_iterator(at))
            if (entry.path().filename().string().starts_with("train-images")) fs::rename(entry.path(), at / renaming);
    }
}

TEST(Dataset, ReadsTheLayoutOfTorchvision) {
    const TemporaryFolder folder;
    test::write_set(folder / "MNIST/raw");
    EXPECT_EQ(load(folder.path()).train.count, 7);
}

TEST(Dataset, RefusesFilesThatDoNotFitTogether) {
    const std::vector<std::tuple<std::string, std::string, std::string>> cases{
        {"train-labels-idx1-ubyte.gz", counting_idx({6}), "6 labels for the 7 images of train-images-idx3-ubyte.gz"},
        {"t10k-labels-idx1-ubyte.gz", counting_idx({4}), "4 labels for the 3 images of t10k-images-idx3-ubyte.gz"},
        {"t10k-images-idx3-ubyte.gz", counting_idx({3, 5, 4}), "training images of 4×5 and test images of 5×4"},
        {"train-images-idx3-ubyte.gz", counting_idx({7}), "has 1 dimensions; images have 3"},
        {"train-labels-idx1-ubyte.gz", counting_idx({7, 1}), "has 2 dimensions; labels have 1"},
        {"train-images-idx3-ubyte.gz", counting_idx({1, 257, 256}), "1 images of 257×256; up to"},
        {"t10k-images-idx3-ubyte.gz", "junk", "begins with 6a 75"},
    };
    for (const auto& [name, bytes, expected] : cases) {
        const TemporaryFolder folder;
        test::write_set(folder.path());
        test::write(folder / name, bytes);
        EXPECT_THAT(refusal(folder.path()), HasSubstr(expected));
    }
}

TEST(Dataset, SaysWhatAFolderLacks) {
    const TemporaryFolder folder;
    test::write_set(folder.path());
    fs::remove(folder / "train-images-idx3-ubyte.gz");
    EXPECT_THAT(refusal(folder.path()), HasSubstr("has no train-images, no PNG or JPEG files and no train.csv"));
    EXPECT_THAT(refusal("mnits"), HasSubstr("--data mnits: no such file or folder"));
    EXPECT_THAT(refusal("mnits"), HasSubstr("one of mnist, fashion-mnist, synthetic"));
    EXPECT_THAT(refusal(""), HasSubstr("no such file or folder"));
}

TEST(Dataset, ListsEveryPathWhereANamedSetWasLookedFor) {
    const EmptyMachine machine;
    const std::string message = refusal("mnist");
    for (const std::string& expected :
         {std::string("--data synthetic"), (machine.folder / "data/mnist").string() + ": no such folder",
          std::string("\n  data/mnist: "), (machine.folder / "cache/ae_cuda/mnist").string() + ": no such folder",
          std::string("/usr/share/datasets/mnist: ")})
        EXPECT_THAT(message, HasSubstr(expected));
}

TEST(Dataset, LooksForNamedSetsInTheHomeWhereNoCacheIsNamed) {
    const EmptyMachine machine;
    const Environment home("HOME", "/home/of-nobody");
    for (const char* cache : {static_cast<const char*>(nullptr), "", "relative"}) {
        const Environment unset("XDG_CACHE_HOME", cache);
        EXPECT_THAT(refusal("mnist"), HasSubstr("\n  /home/of-nobody/.cache/ae_cuda/mnist: "));
    }
}

TEST(Dataset, KnowsNamedSetsByTheirChecksum) {
    const EmptyMachine machine;
    for (const char* name : {"mnist", "fashion-mnist"}) {
        test::write_set(machine.folder / "data" / name);
        const std::string message = refusal(name);
        EXPECT_THAT(message, HasSubstr(std::string("is not the file of ") + name));
        EXPECT_THAT(message, HasSubstr("train-images-idx3-ubyte.gz"));
    }
}

TEST(Dataset, DrawsTheSyntheticSet) {
    DatasetOptions options;
    options.source = "synthetic";
    std::string log;
    options.log = [&](const std::string& line) { log = line; };
    const Dataset data = load_dataset(options);
    EXPECT_EQ(data.train.count, 60'000);
    EXPECT_EQ(data.test.count, 10'000);
    EXPECT_FALSE(std::equal(data.test.pixels.begin(), data.test.pixels.end(), data.train.pixels.begin()));
    EXPECT_EQ(data.sha256.size(), 64u);
    EXPECT_EQ(log, "synthetic: 60000 training and 10000 test images of 28×28, drawn from seed 42");
}

TEST(Images, AreAskedForWithinTheirNumber) {
    Images images{3, 1, 2, {0, 51, 102, 153, 204, 255}, {}};
    EXPECT_EQ(images.floats(1, 2), (std::vector{0.4f, 0.6f, 0.8f, 1.0f}));
    EXPECT_TRUE(images.floats(3, 0).empty());
    constexpr int kMost = std::numeric_limits<int>::max();
    for (const auto& [first, n] : {std::pair(2, 2), {3, 1}, {kMost, 10}, {kMost, kMost}, {-1, 1}, {0, -1}})
        EXPECT_THROW((void)images.floats(first, n), UsageError) << first << ' ' << n;
}

TEST(EntropyFloor, IsTheMeanEntropyOfThePixels) {
    Images images{1, 1, 4, {0, 255, 51, 204}, {}};
    const double h = -0.2 * std::log(0.2) - 0.8 * std::log(0.8);
    EXPECT_NEAR(entropy_floor(images), h / 2, 1e-15);
    images.pixels = {0, 255, 0, 255};
    EXPECT_EQ(entropy_floor(images), 0);
}

TEST(RealMnist, IsReadAsItIsKnown) {
    const char* folder = std::getenv("AE_DATA_DIR");
    if (!folder || !fs::exists(fs::path(folder) / "mnist")) GTEST_SKIP() << "no mnist in $AE_DATA_DIR";
    const Dataset data = load("mnist");
    EXPECT_EQ(data.sha256, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db");
    ASSERT_EQ(data.train.count, 60'000);
    ASSERT_EQ(data.test.count, 10'000);
    const auto counts = [](const Images& images) {
        std::vector<int> n(10);
        for (const std::uint8_t label : images.labels) ++n[label];
        return n;
    };
    EXPECT_EQ(counts(data.train), (std::vector{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}));
    EXPECT_EQ(counts(data.test), (std::vector{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}));
    const double sum = std::accumulate(data.train.pixels.begin(), data.train.pixels.end(), 0.0);
    EXPECT_NEAR(sum / 255 / 47'040'000, 0.130660, 5e-7);
    EXPECT_NEAR(entropy_floor(data.test), 0.0580798, 1.5e-7);
}

}  // namespace
}  // namespace ae
