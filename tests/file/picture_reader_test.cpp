// Picture files in grey and colour, and in other sizes.
#include "file/picture_reader.h"

#include <gmock/gmock.h>

#include "ae/error.h"
#include "file/jpeg.h"
#include "file/resize.h"
#include "temporary_folder.h"

namespace ae::picture_reader_test {
namespace {

using test::message_of;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Pixels = std::vector<std::uint8_t>;

Picture filled(int width, int height, const Pixels& pixel) {
    Picture picture{width, height, {}, static_cast<int>(pixel.size())};
    for (int i = 0; i < width * height; ++i) picture.pixels.insert(picture.pixels.end(), pixel.begin(), pixel.end());
    return picture;
}

class PictureReader : public testing::Test {
protected:
    std::filesystem::path write(const std::string& name, const std::string& bytes) const {
        test::put(folder_ / name, bytes);
        return folder_ / name;
    }
    std::string refusal(const std::string& bytes, const PictureReading& reading = {}) const {
        return message_of<DataError>([&] { read_picture(write("x.jpg", bytes), reading); });
    }

    test::TemporaryFolder folder_;
};

TEST_F(PictureReader, PngsKeepTheirColours) {
    const Picture colours{2, 1, {255, 0, 0, 10, 20, 30}, 3};
    const auto path = write("x.png", encode_png(colours));
    const Picture read = read_picture(path, {});
    EXPECT_EQ(read.channels, 3);
    EXPECT_EQ(read.pixels, colours.pixels);
    EXPECT_THAT(read_picture(path, {.grey = true}).pixels, ElementsAre(76, 18));
}

TEST_F(PictureReader, GreyThatIsSavedAsColourIsGrey) {
    for (const std::string& bytes : {encode_png(filled(2, 2, {9, 9, 9})), encode_jpeg(filled(8, 8, {9, 9, 9}), 100)}) {
        const Picture read = read_picture(write("x", bytes), {});
        EXPECT_EQ(read.channels, 1);
        EXPECT_THAT(read.pixels, Each(9));
    }
}

TEST_F(PictureReader, JpegsInGreyAndColour) {
    EXPECT_THAT(read_picture(write("g.jpg", encode_jpeg(filled(8, 8, {100}), 100)), {}).pixels, Each(100));
    const Picture red = read_picture(write("r.png", encode_jpeg(filled(16, 8, {200, 40, 20}), 100)), {});
    ASSERT_EQ(red.channels, 3);
    ASSERT_EQ(red.pixels.size(), 3u * 16 * 8);
    EXPECT_NEAR(red.at(3, 3, 0), 200, 3);
    EXPECT_NEAR(red.at(3, 3, 1), 40, 3);
    EXPECT_NEAR(red.at(3, 3, 2), 20, 3);
}

TEST_F(PictureReader, DamagedJpegsAreRefused) {
    const std::string whole = encode_jpeg(filled(64, 64, {200, 40, 20}), 90);
    EXPECT_THAT(refusal(whole.substr(0, whole.size() - 9)), HasSubstr("x.jpg: is a damaged JPEG, or was cut short"));
    EXPECT_THAT(refusal(whole.substr(0, 20)), HasSubstr("x.jpg: cannot be read as a JPEG"));
    EXPECT_THAT(refusal("\xFF\xD8\xFF no JPEG"), HasSubstr("x.jpg: "));
    EXPECT_THAT(refusal("GIF89a"), HasSubstr("is neither a PNG nor a JPEG"));
    EXPECT_THAT(refusal(""), HasSubstr("is neither a PNG nor a JPEG"));
    EXPECT_THROW(read_picture("/nonexistent.jpg", {}), DataError);
}

TEST_F(PictureReader, SizeIsLimitedUnlessItIsChanged) {
    const std::string large = encode_jpeg(filled(512, 256, {128}), 50);
    EXPECT_THAT(refusal(large), HasSubstr("256×512 pixels; up to 65536"));
    const Picture small = read_picture(write("l.jpg", large), {.width = 8, .height = 4});
    EXPECT_EQ(small.width, 8);
    EXPECT_EQ(small.height, 4);
    EXPECT_THAT(small.pixels, Each(128));
}

TEST(Resize, ShrinksByTheMeanOverAnArea) {
    EXPECT_THAT(resized({4, 1, {10, 20, 30, 50}}, 2, 1).pixels, ElementsAre(15, 40));
    EXPECT_THAT(resized({3, 1, {0, 90, 30}}, 2, 1).pixels, ElementsAre(30, 50)) << "halves of the pixel between";
    EXPECT_THAT(resized({2, 2, {0, 100, 200, 60}}, 1, 1).pixels, ElementsAre(90));
    EXPECT_THAT(resized({2, 1, {0, 100, 200, 100, 0, 50}, 3}, 1, 1).pixels, ElementsAre(50, 50, 125));
}

TEST(Resize, GrowsByLinearInterpolation) {
    EXPECT_THAT(resized({2, 1, {0, 100}}, 4, 1).pixels, ElementsAre(0, 25, 75, 100));
    EXPECT_THAT(resized({1, 1, {7}}, 2, 3).pixels, Each(7));
    EXPECT_EQ(resized({1, 1, {7}}, 2, 3).pixels.size(), 6u);
    EXPECT_THAT(resized({1, 2, {0, 100}}, 1, 3).pixels, ElementsAre(0, 50, 100));
}

}  // namespace
}  // namespace ae::picture_reader_test
