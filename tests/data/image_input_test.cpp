// A person's own images, in everything that they come in.
#include "data/image_input.h"

#include <gmock/gmock.h>
#include <png.h>

#include "ae/error.h"
#include "file/npy.h"
#include "file/picture.h"
#include "idx_files.h"
#include "read_images.h"

namespace ae::image_input_test {
namespace {

using test::InputImages;
using test::message_of;
using test::read_images;
using test::write;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr int kPixels = 20;  // 4×5, as test::write_set() makes them
using Shape64 = std::vector<std::uint64_t>;

class ImageInput : public testing::Test {
protected:
    InputImages read(const std::string& name, bool invert = false, int pixels = kPixels) const {
        return read_images({(folder_ / name).string(), invert, {}}, pixels);
    }
    template <typename Expected>
    std::string refusal(const std::string& name, int pixels = kPixels) const {
        return message_of<Expected>([&] { read(name, false, pixels); });
    }
    void write_npy(const std::string& name, const Shape64& shape, const std::vector<float>& values) const {
        write(folder_ / name, serialize_npy(values, shape));
    }
    void write_grey(const std::string& name, int height, int width, std::uint8_t value) const {
        const std::size_t size = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
        write(folder_ / name, encode_png({width, height, std::vector<std::uint8_t>(size, value)}));
    }

    test::TemporaryFolder folder_;
};

std::vector<float> ramp(std::size_t n) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i) / static_cast<float>(n);
    return values;
}

std::string transparent_png(std::uint32_t height, std::uint32_t width) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = width, image.height = height, image.format = PNG_FORMAT_GA;
    const std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
    std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
    png_alloc_size_t size = bytes.size();
    if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr)) bytes = image.message;
    bytes.resize(size);
    return bytes;
}

void expect_size(const InputImages& images, int count, int height, int width) {
    EXPECT_EQ(images.count, count);
    EXPECT_EQ(images.height, height);
    EXPECT_EQ(images.width, width);
    EXPECT_EQ(images.pixels.size(), static_cast<std::size_t>(count * height * width));
}

TEST_F(ImageInput, AnIdxFile) {
    write(folder_ / "images", test::gzip(test::counting_idx({3, 4, 5})));
    const InputImages images = read("images");
    expect_size(images, 3, 4, 5);
    EXPECT_EQ(images.pixels[51], 51 / 255.0f);
    EXPECT_THAT(images.names, IsEmpty());
    EXPECT_THAT(refusal<UsageError>("images", 21), HasSubstr("3×4×5"));
}

TEST_F(ImageInput, ArraysOfEveryShape) {
    write_npy("nhw", {2, 4, 5}, ramp(40));
    expect_size(read("nhw"), 2, 4, 5);
    EXPECT_EQ(read("nhw").pixels, ramp(40));
    write_npy("hw", {4, 5}, ramp(20));
    expect_size(read("hw"), 1, 4, 5);
    write_npy("rows", {2, 20}, ramp(40));
    expect_size(read("rows"), 2, 1, 20);
    write_npy("squares", {2, 16}, ramp(32));
    expect_size(read("squares", false, 16), 2, 1, 16);  // 4×4, 2×8, …: nothing tells
    write(folder_ / "bytes", serialize_npy(std::vector<std::uint8_t>(20, 51), Shape64{1, 20}));
    EXPECT_EQ(read("bytes").pixels, std::vector<float>(20, 0.2f));
}

TEST_F(ImageInput, AnAxisOfOneIsAChannel) {
    for (const Shape64& shape : {Shape64{2, 4, 5, 1}, Shape64{2, 1, 4, 5}, Shape64{2, 1, 4, 5, 1}}) {
        write_npy("channel", shape, ramp(40));
        expect_size(read("channel"), 2, 4, 5);
    }
    write_npy("one", {1, 1, 4, 5}, ramp(20));
    expect_size(read("one"), 1, 4, 5);
    write(folder_ / "idx", test::counting_idx({3, 4, 5, 1}));
    expect_size(read("idx"), 3, 4, 5);
    write_npy("flat", {2, 1, 20}, ramp(40));
    expect_size(read_images({(folder_ / "flat").string(), false, {}}, WantedImages(ImageSize{5, 4})), 2, 4, 5);
}

TEST_F(ImageInput, AKnownSizeIsNeitherGuessedNorIgnored) {
    const WantedImages wanted(ImageSize{5, 4});
    const auto read_as = [&](const std::string& name) {
        return read_images({(folder_ / name).string(), false, {}}, wanted);
    };
    write_npy("rows", {2, 20}, ramp(40));
    expect_size(read_as("rows"), 2, 4, 5);
    for (const Shape64& shape : {Shape64{2, 5, 4}, Shape64{2, 2, 10}, Shape64{5, 4}}) {
        write_npy("other", shape, std::vector<float>(shape.size() == 2 ? 20 : 40, 0.5f));
        EXPECT_THAT(message_of<UsageError>([&] { read_as("other"); }), HasSubstr("20 pixels (4×5)"));
    }
    write_grey("turned.png", 5, 4, 51);
    EXPECT_THAT(message_of<UsageError>([&] { read_as("turned.png"); }), HasSubstr("20 pixels (4×5)"));
}

TEST_F(ImageInput, AFileIsWhatItIsNotWhatItIsCalled) {
    write_grey("digits/b.data", 4, 5, 255);
    write_grey("digits/.hidden.png", 4, 5, 0);
    write(folder_ / "digits/notes.txt", "not a picture");
    std::filesystem::create_directory(folder_ / "digits/folder.png");
    std::filesystem::create_symlink("absent", folder_ / "digits/dangling.png");
    EXPECT_THAT(read("digits").names, ElementsAre("b.data"));
    write_grey("digits/img10.png", 4, 5, 0);
    write_grey("digits/img9.png", 4, 5, 0);
    EXPECT_THAT(read("digits").names, ElementsAre("b.data", "img9.png", "img10.png"));
    write_grey("called.npy", 4, 5, 51);
    EXPECT_EQ(read("called.npy").pixels, std::vector<float>(20, 0.2f));
    test::write_set(folder_ / "digits");
    expect_size(read("digits"), 3, 4, 5);  // the four files of a set, and pictures beside them
    EXPECT_EQ(read("digits").labels.size(), 3u);
}

TEST_F(ImageInput, TheFilesThatAreReadAreKnown) {
    test::write_set(folder_ / "set");
    write_grey("digits/a.png", 4, 5, 0);
    const auto names = [&](const std::string& source) {
        std::vector<std::string> found;
        for (const auto& file : files_of_source((folder_ / source).string())) found.push_back(file.filename().string());
        return found;
    };
    EXPECT_EQ(names("set").size(), 4u);
    EXPECT_EQ(names("set:train").size(), 4u);
    EXPECT_THAT(names("digits"), ElementsAre("a.png"));
    EXPECT_THAT(names("digits/a.png"), ElementsAre("a.png"));
    EXPECT_THAT(names("absent"), ElementsAre("absent"));
}

TEST_F(ImageInput, ArraysOfAnotherSizeSayWhatWasFoundAndExpected) {
    write_npy("other", {2, 3, 5}, ramp(30));
    EXPECT_THAT(refusal<UsageError>("other"), testing::AllOf(HasSubstr("2×3×5"), HasSubstr("20 pixels")));
    write_npy("flat", {20}, ramp(20));
    EXPECT_THAT(refusal<UsageError>("flat"), HasSubstr("n×h×w"));
    write_npy("colour", {1, 4, 5, 3}, ramp(60));
    EXPECT_THAT(refusal<UsageError>("colour"), HasSubstr("1×4×5×3"));
    write_npy("huge", {0, 1ull << 63, 2}, {});
    EXPECT_THAT(message_of<Error>([&] { read("huge"); }), StartsWith((folder_ / "huge").string()));
    write_npy("none", {0, 4, 5}, {});
    EXPECT_THAT(refusal<DataError>("none"), HasSubstr("holds no images"));
}

TEST_F(ImageInput, ValuesOutsideTheUnitIntervalAreNamed) {
    for (const float bad :
         {-0.001f, 1.5f, 300.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        std::vector<float> values = ramp(40);
        values[33] = bad;
        write_npy("bad", {2, 4, 5}, values);
        EXPECT_THAT(refusal<DataError>("bad"), HasSubstr("image 1, row 2, column 3")) << bad;
        EXPECT_THAT(refusal<DataError>("bad"), testing::Not(HasSubstr("divide them by 255"))) << bad;
    }
}

TEST_F(ImageInput, TheHintAtBytesIsForWhatLooksLikeBytes) {
    std::vector<float> values(20, 17);
    values[3] = 255, values[4] = 0;
    write_npy("bytes", {4, 5}, values);
    EXPECT_THAT(refusal<DataError>("bytes"), HasSubstr("divide them by 255"));
    values[5] = 2.82f;
    write_npy("standardised", {4, 5}, values);
    EXPECT_THAT(refusal<DataError>("standardised"), testing::Not(HasSubstr("divide them by 255")));
}

TEST_F(ImageInput, WhatRoundingPutBesideTheIntervalIsBroughtBack) {
    std::vector<float> values(20, 0.5f);
    values[0] = 1.0000002f, values[1] = -1e-7f;
    write_npy("rounded", {4, 5}, values);
    EXPECT_EQ(read("rounded").pixels[0], 1.0f);
    EXPECT_EQ(read("rounded").pixels[1], 0.0f);
    values[2] = 1.0001f;
    write_npy("beyond", {4, 5}, values);
    EXPECT_THAT(refusal<DataError>("beyond"), HasSubstr("column 2"));
}

TEST_F(ImageInput, APng) {
    write_grey("x.png", 4, 5, 51);
    const InputImages images = read("x.png");
    expect_size(images, 1, 4, 5);
    EXPECT_EQ(images.pixels, std::vector<float>(20, 0.2f));
    write_grey("other.png", 5, 5, 51);
    EXPECT_THAT(refusal<UsageError>("other.png"), testing::AllOf(HasSubstr("5×5"), HasSubstr("20 pixels")));
}

TEST_F(ImageInput, AFolderOfPngsByName) {
    write_grey("digits/b.png", 4, 5, 255);
    write_grey("digits/a.PNG", 4, 5, 0);
    write_grey("digits/c.png", 4, 5, 51);
    write(folder_ / "digits/notes.txt", "not a picture");
    const InputImages images = read("digits");
    expect_size(images, 3, 4, 5);
    EXPECT_THAT(images.names, ElementsAre("a.PNG", "b.png", "c.png"));
    EXPECT_EQ(images.pixels[0], 0);
    EXPECT_EQ(images.pixels[20], 1);
    EXPECT_EQ(images.pixels[40], 0.2f);
    write_grey("digits/d.png", 5, 4, 0);
    EXPECT_THAT(refusal<DataError>("digits"), HasSubstr("d.png: a picture of 5×4"));
    write(folder_ / "digits/d.png", "no PNG");
    EXPECT_THAT(refusal<DataError>("digits"), HasSubstr("d.png"));
}

TEST_F(ImageInput, DataSetsByFolderAndByName) {
    test::write_set(folder_ / "set");
    const InputImages test_images = read("set"), train_images = read("set:train");
    expect_size(test_images, 3, 4, 5);
    expect_size(train_images, 7, 4, 5);
    EXPECT_THAT(train_images.labels, ElementsAre(0, 1, 2, 3, 4, 5, 6));
    expect_size(read("set:test"), 3, 4, 5);
    expect_size(read_images({"synthetic", false, {}}, 784), 10'000, 28, 28);
    EXPECT_THAT(refusal<UsageError>("set", 784), HasSubstr("4×5"));
    EXPECT_THAT(refusal<DataError>("set:validation"), HasSubstr("no such file"));
}

TEST_F(ImageInput, InvertedForDarkOnLight) {
    write_npy("x", {4, 5}, std::vector<float>(20, 0.25f));
    EXPECT_EQ(read("x", true).pixels, std::vector<float>(20, 0.75f));
    write_grey("x.png", 4, 5, 255);
    EXPECT_EQ(read("x.png", true).pixels, std::vector<float>(20, 0.0f));
    write(folder_ / "clear.png", transparent_png(4, 5));
    for (const bool invert : {false, true})
        EXPECT_EQ(read("clear.png", invert).pixels, std::vector<float>(20, 0.0f)) << "the background is black for both";
}

TEST_F(ImageInput, EverythingElseIsRefusedWithItsName) {
    EXPECT_THAT(refusal<DataError>("absent"), HasSubstr("no such file or folder"));
    write(folder_ / "notes.txt", "hello");
    EXPECT_THAT(refusal<DataError>("notes.txt"), HasSubstr("has a header and no rows"));
    write(folder_ / "empty", "");
    EXPECT_THAT(refusal<DataError>("empty"), HasSubstr("neither an IDX"));
    std::filesystem::create_directory(folder_ / "nothing");
    EXPECT_THAT(refusal<DataError>("nothing"), HasSubstr("no PNG or JPEG files"));
    EXPECT_THAT(message_of<DataError>([] { read_images({"/dev/null", false, {}}, 20); }), HasSubstr("/dev/null"));
}

}  // namespace
}  // namespace ae::image_input_test
