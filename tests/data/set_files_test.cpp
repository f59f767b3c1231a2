#include "data/set_files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "idx_files.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using test::counting_idx;
using testing::HasSubstr;

class SetFiles : public testing::Test {
protected:
    /// The four files under these names.
    void write(const std::array<std::string, 4>& names) const {
        const std::array contents{counting_idx({7, 4, 5}), counting_idx({7}), counting_idx({3, 4, 5}),
                                  counting_idx({3})};
        for (std::size_t i = 0; i < 4; ++i) test::write(folder_ / names[i], contents[i]);
    }

    std::string found(std::size_t i) const {
        std::string why;
        const auto paths = find_set(folder_.path(), why);
        return paths ? fs::relative((*paths)[i], folder_.path()).string() : "nothing: " + why;
    }

    std::string why() const {
        std::string why;
        EXPECT_FALSE(find_set(folder_.path(), why));
        return why;
    }

    test::TemporaryFolder folder_;
};

TEST_F(SetFiles, UnderTheNamesOfTheirSources) {
    const std::vector<std::array<std::string, 4>> sources{
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"},
        {"TRAIN-IMAGES-IDX3-UBYTE.GZ", "Train-Labels-idx1-ubyte", "T10K-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
        {"emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte",
         "emnist-digits-test-images-idx3-ubyte", "emnist-digits-test-labels-idx1-ubyte"},
        {"KMNIST/raw/train-images-idx3-ubyte", "KMNIST/raw/train-labels-idx1-ubyte",
         "KMNIST/raw/t10k-images-idx3-ubyte", "KMNIST/raw/t10k-labels-idx1-ubyte"}};
    for (const auto& names : sources) {
        write(names);
        for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(found(i), names[i]);
        for (const std::string& name : names) fs::remove(folder_ / name);
    }
}

TEST_F(SetFiles, FoldersNamedLikeFilesAreNoFiles) {
    write({"train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"});
    fs::create_directory(folder_ / "train-images-idx3-ubyte");
    EXPECT_EQ(found(0), "train-images.idx3-ubyte");
    for (const char* name : {"train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
        fs::create_directory(folder_ / name);
        std::string dotted = name;
        dotted[dotted.find("-idx")] = '.';
        fs::rename(folder_ / dotted, folder_ / name / name);
    }
    EXPECT_EQ(found(1), "train-labels-idx1-ubyte/train-labels-idx1-ubyte");  // as Kaggle's archive unpacks
    fs::remove(folder_ / "train-images.idx3-ubyte");
    ASSERT_EQ(mkfifo((folder_ / "train-images.idx3-ubyte").c_str(), 0600), 0);
    EXPECT_THAT(why(), HasSubstr("has no train-images"));
}

TEST_F(SetFiles, PlainOnesBeforePackedOnes) {
    write({"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"});
    test::write(folder_ / "train-images-idx3-ubyte.gz", "");
    test::write(folder_ / "emnist-train-images-idx3-ubyte", "");
    EXPECT_EQ(found(0), "train-images-idx3-ubyte");
}

TEST_F(SetFiles, TwoThatMightBeMeantAreNamed) {
    write({"a-train-images-idx3-ubyte", "a-train-labels-idx1-ubyte", "a-test-images-idx3-ubyte",
           "a-test-labels-idx1-ubyte"});
    test::write(folder_ / "b-train-images-idx3-ubyte", "");
    EXPECT_THAT(why(), HasSubstr("train-images in more than one file (a-train-images-idx3-ubyte, b-train"));
}

TEST_F(SetFiles, WhatIsNoFolderIsNamed) {
    const auto why = [&](const fs::path& path) {
        std::string text;
        EXPECT_FALSE(find_set(path, text));
        return text;
    };
    test::write(folder_ / "mnist.npz", "PK\x03\x04");
    test::write(folder_ / "mnist.csv", "label,1x1,1x2\n");
    fs::create_symlink("loop", folder_ / "loop");
    EXPECT_THAT(why(folder_ / "mnist.npz"), HasSubstr("is a zip archive"));
    EXPECT_THAT(why(folder_ / "mnist.csv"), HasSubstr("is a text file"));
    EXPECT_THAT(why(folder_ / "loop"), HasSubstr("Too many levels"));
    EXPECT_THAT(why(folder_ / "absent"), HasSubstr("no such folder"));
    EXPECT_THAT(why(folder_ / std::string(300, 'x')), HasSubstr("too long"));
}

}  // namespace
}  // namespace ae
