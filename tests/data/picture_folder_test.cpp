// Folders of pictures as data sets.
#include "data/picture_folder.h"

#include <gmock/gmock.h>

#include "ae/error.h"
#include "data/label_numbers.h"
#include "file/jpeg.h"
#include "file/picture.h"
#include "idx_files.h"

namespace ae::picture_folder_test {
namespace {

namespace fs = std::filesystem;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;

std::string png(int width, int height, const Bytes& pixel) {
    Picture picture{width, height, {}, static_cast<int>(pixel.size())};
    for (int i = 0; i < width * height; ++i) picture.pixels.insert(picture.pixels.end(), pixel.begin(), pixel.end());
    return encode_png(picture);
}

class PictureFolder : public testing::Test {
protected:
    void write(const std::string& name, const std::string& bytes) const { test::write(folder_ / name, bytes); }
    Dataset load(const ImageReading& reading = {}) {
        DatasetOptions options;
        options.source = folder_.path().string();
        options.reading = reading;
        options.log = [&](const std::string& line) { log_ += line + "\n"; };
        return load_dataset(options);
    }
    std::string refusal() {
        return message_of<DataError>([&] { load(); });
    }

    test::TemporaryFolder folder_;
    std::string log_;
};

TEST_F(PictureFolder, FilesByTheirContentInNaturalOrder) {
    write("img10.png", png(2, 1, {10}));
    write("img9.data", png(2, 1, {9}));
    write("img8.jpeg", encode_jpeg({2, 1, {8, 8}}, 100));
    write(".hidden.png", png(9, 9, {1}));
    write("notes.txt", "no picture");
    const Dataset data = load();
    EXPECT_THAT(data.train.pixels, ElementsAre(8, 8, 9, 9, 10, 10));
    EXPECT_THAT(data.train.names, ElementsAre("img8.jpeg", "img9.data", "img10.png"));
    EXPECT_THAT(data.train.labels, IsEmpty());
    EXPECT_EQ(data.train.channels, 1);
    EXPECT_EQ(data.test.count, 0);
}

TEST_F(PictureFolder, SubfoldersAreLabels) {
    write("b10/x.png", png(1, 1, {3}));
    write("b9/deeper/y.png", png(1, 1, {2}));
    write("a/z.png", png(1, 1, {1}));
    const Dataset data = load();
    EXPECT_THAT(data.label_names, ElementsAre("a", "b9", "b10"));
    EXPECT_THAT(data.train.labels, ElementsAre(0, 1, 2));
    EXPECT_THAT(data.train.names, ElementsAre("a/z.png", "b9/deeper/y.png", "b10/x.png"));
    write("loose.png", png(1, 1, {1}));
    EXPECT_THAT(refusal(), HasSubstr("holds pictures both in itself (loose.png) and in subfolders (a/z.png)"));
}

TEST_F(PictureFolder, PartsAndTheirCommonLabels) {
    write("train/cat/1.png", png(1, 1, {1}));
    write("train/dog/2.png", png(1, 1, {2}));
    write("test/dog/3.png", png(1, 1, {3}));
    write("beside.png", png(9, 9, {3}));
    const Dataset data = load();
    EXPECT_EQ(data.train.count, 2);
    EXPECT_EQ(data.test.count, 1);
    EXPECT_THAT(data.test.labels, ElementsAre(1)) << "the number that the label has in the other part";
    EXPECT_THAT(data.test.names, ElementsAre("dog/3.png"));
    fs::rename(folder_ / "train", folder_ / "training");
    EXPECT_THAT(refusal(), testing::AnyOf(HasSubstr("both in itself"), HasSubstr("no train/")));
    fs::remove(folder_ / "beside.png");
    EXPECT_THAT(refusal(), HasSubstr("has a test/ and no train/"));
    fs::create_directory(folder_ / "train");
    EXPECT_THAT(refusal(), HasSubstr("train: holds no PNG or JPEG files"));
}

TEST_F(PictureFolder, ColourOfAnyPictureIsKeptInAll) {
    write("1.png", png(1, 1, {7}));
    write("2.png", png(1, 1, {1, 2, 3}));
    write("3.png", png(1, 1, {8}));
    const Images images = load().train;
    EXPECT_EQ(images.channels, 3);
    EXPECT_THAT(images.pixels, ElementsAre(7, 7, 7, 1, 2, 3, 8, 8, 8));
    const Images grey = load({.gray = true, .label = {}, .ignore = {}}).train;
    EXPECT_EQ(grey.channels, 1);
    EXPECT_THAT(log_, HasSubstr("turned to grey (--gray)"));
}

TEST_F(PictureFolder, PartsHaveTheSameChannels) {
    write("train/1.png", png(1, 1, {7}));
    write("test/2.png", png(1, 1, {1, 2, 3}));
    const Dataset data = load();
    EXPECT_EQ(data.train.channels, 3);
    EXPECT_THAT(data.train.pixels, ElementsAre(7, 7, 7));
    EXPECT_THAT(data.test.pixels, ElementsAre(1, 2, 3));
}

TEST_F(PictureFolder, AnotherSizeIsNamedWithTheRemedy) {
    write("1.png", png(2, 1, {7}));
    write("2.png", png(2, 1, {7}));
    write("3.png", png(4, 3, {9}));
    EXPECT_THAT(refusal(), HasSubstr("3.png: a picture of 3×4 pixels among others of 1×2; --resize 2x1"));
    const Images images = load({.width = 3, .height = 2, .label = {}, .ignore = {}}).train;
    EXPECT_EQ(images.count, 3);
    EXPECT_EQ(images.width, 3);
    EXPECT_EQ(images.height, 2);
    EXPECT_THAT(log_, HasSubstr("every picture is brought to 2×3 pixels (--resize)"));
}

TEST_F(PictureFolder, FilesThatCannotBeReadAreNamed) {
    write("1.png", png(2, 1, {7}));
    write("2.jpg", "no picture");
    EXPECT_THAT(refusal(), HasSubstr("2.jpg: is neither a PNG nor a JPEG"));
    write("2.jpg", png(2, 1, {7}).substr(0, 40));
    EXPECT_THAT(refusal(), HasSubstr("2.jpg: cannot be read as a PNG"));
    write("2.jpg", png(257, 256, {7}));
    EXPECT_THAT(refusal(), HasSubstr("2.jpg: is of 256×257 pixels; up to 65536"));
}

TEST_F(PictureFolder, ColoursCountAsValues) {
    write("1.png", png(256, 256, {1, 2, 3}));
    EXPECT_THAT(refusal(), HasSubstr("1 images of 256×256×3; up to"));
}

TEST(LabelNumbers, NumbersStayAndNamesAreCounted) {
    Dataset data;
    set_labels(data, {"7", "3"}, {"255"});
    EXPECT_THAT(data.train.labels, ElementsAre(7, 3));
    EXPECT_THAT(data.test.labels, ElementsAre(255));
    EXPECT_THAT(data.label_names, IsEmpty());
    for (const char* name : {"256", "07", "+1", "-1", "", "7.0"}) {
        Dataset other;
        set_labels(other, {name, "1"}, {});
        EXPECT_EQ(other.label_names.size(), 2u) << name;
    }
    LabelTexts many;
    for (int i = 0; i < 257; ++i) many.push_back("k" + std::to_string(i));
    EXPECT_THAT(message_of<DataError>([&] { set_labels(data, many, {}); }), HasSubstr("has 257 labels; up to 256"));
}

}  // namespace
}  // namespace ae::picture_folder_test
