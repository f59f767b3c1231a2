// PNG files of every kind become grey; damaged and oversized ones are refused.
#include "file/png_reader.h"

#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include "ae/error.h"

namespace ae::png_reader_test {
namespace {

std::string big_endian(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

std::string chunk(const std::string& type, const std::string& content) {
    const std::string body = type + content;
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big_endian(static_cast<std::uint32_t>(content.size())) + body + big_endian(static_cast<std::uint32_t>(crc));
}

/// A PNG with `rows` as its unfiltered scan lines (a zero before each line is the caller's).
std::string png(std::uint32_t width, std::uint32_t height, int depth, int colour_type, const std::string& rows,
                const std::string& more_chunks = "") {
    std::string packed(compressBound(rows.size()), '\0');
    uLongf size = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
    packed.resize(size);
    const std::string header = big_endian(width) + big_endian(height) +
                               std::string{static_cast<char>(depth), static_cast<char>(colour_type), 0, 0, 0};
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + more_chunks + chunk("IDAT", packed) + chunk("IEND", "");
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int v : values) text += static_cast<char>(v);
    return text;
}

using Pixels = std::vector<std::uint8_t>;

Pixels read(const std::string& file, std::uint8_t paper = 0) {
    return parse_png(file, "x.png", paper).pixels;
}

constexpr int kGrey = PNG_COLOR_TYPE_GRAY, kRgb = PNG_COLOR_TYPE_RGB, kPalette = PNG_COLOR_TYPE_PALETTE;

TEST(PngReader, GreyOfEightBitsStaysAsItIs) {
    std::string row(1, '\0');
    Pixels all;
    for (int v = 0; v < 256; ++v) row += static_cast<char>(v), all.push_back(static_cast<std::uint8_t>(v));
    const Picture picture = parse_png(png(128, 2, 8, kGrey, row.substr(0, 129) + '\0' + row.substr(129)), "x.png");
    EXPECT_EQ(picture.width, 128);
    EXPECT_EQ(picture.height, 2);
    EXPECT_EQ(picture.pixels, all);
}

TEST(PngReader, OtherDepthsBecomeEightBits) {
    EXPECT_EQ(read(png(4, 1, 1, kGrey, bytes({0, 0b10100000}))), (Pixels{255, 0, 255, 0}));
    EXPECT_EQ(read(png(4, 1, 2, kGrey, bytes({0, 0b00011011}))), (Pixels{0, 85, 170, 255}));
    EXPECT_EQ(read(png(2, 1, 16, kGrey, bytes({0, 0x80, 0x80, 0xFF, 0xFF}))), (Pixels{128, 255}));
}

TEST(PngReader, ColoursBecomeGrey) {
    EXPECT_EQ(read(png(4, 1, 8, kRgb, bytes({0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77}))),
              (Pixels{76, 150, 29, 77}));
    const std::string palette = chunk("PLTE", bytes({0, 0, 0, 255, 255, 255, 10, 10, 10}));
    EXPECT_EQ(read(png(3, 1, 8, kPalette, bytes({0, 2, 1, 0}), palette)), (Pixels{10, 255, 0}));
}

TEST(PngReader, AnotherGammaIsBroughtToSrgbAsTheHelpOfEncodeSays) {
    const std::string linear = chunk("gAMA", big_endian(100000)), srgb = chunk("gAMA", big_endian(45455));
    EXPECT_NEAR(read(png(1, 1, 8, kGrey, bytes({0, 55}), linear)).at(0), 128, 1);
    EXPECT_EQ(read(png(3, 1, 8, kGrey, bytes({0, 0, 55, 255}), srgb)), (Pixels{0, 55, 255}));
}

TEST(PngReader, WhatIsTransparentShowsThePaper) {
    const std::string file = png(3, 1, 8, PNG_COLOR_TYPE_GRAY_ALPHA, bytes({0, 200, 255, 200, 0, 200, 51}));
    EXPECT_EQ(read(file, 0), (Pixels{200, 0, 40}));
    EXPECT_EQ(read(file, 255), (Pixels{200, 255, 244}));
    EXPECT_EQ(read(png(2, 1, 8, kGrey, bytes({0, 7, 8}), chunk("tRNS", bytes({0, 7}))), 255), (Pixels{255, 8}));
}

TEST(PngReader, ReadsWhatThePictureWriterWrites) {
    const Picture picture{3, 2, {0, 1, 2, 128, 254, 255}};
    EXPECT_EQ(read(encode_png(picture)), picture.pixels);
}

std::string refusal(const std::string& file) {
    try {
        parse_png(file, "x.png");
    } catch (const DataError& error) {
        return error.what();
    }
    return "was read";
}

TEST(PngReader, SizeIsLimitedBeforePixelsAreAllocated) {
    EXPECT_NE(refusal(png(257, 256, 8, kGrey, "")).find("256×257"), std::string::npos);
    EXPECT_NE(refusal(png(1'000'000, 1'000'000, 16, kRgb, "")).find("1000000×1000000"), std::string::npos);
    EXPECT_NE(refusal(png(0x7FFFFFFF, 0x7FFFFFFF, 8, kGrey, "")).find("cannot be read"), std::string::npos);
    EXPECT_NE(refusal(png(0, 5, 8, kGrey, "")).find("cannot be read"), std::string::npos);
    EXPECT_EQ(read(png(65'536, 1, 1, kGrey, std::string(1 + 65'536 / 8, '\0'))).size(), 65'536u);
}

TEST(PngReader, EveryTruncationOfThePixelsIsRefused) {
    const std::string whole = png(8, 8, 8, kGrey, std::string(72, '\0'));
    const std::size_t end_of_pixels = whole.size() - 12;
    for (std::size_t size = 0; size < end_of_pixels; ++size)
        EXPECT_TRUE(refusal(whole.substr(0, size)).starts_with("x.png: ")) << size;
}

TEST(PngReader, DamagedPixelsAreRefused) {
    const std::string whole = png(8, 8, 8, kGrey, std::string(72, '\0'));
    const std::size_t first = whole.find("IDAT"), last = whole.size() - 12;
    for (std::size_t at = first; at < last; ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        EXPECT_TRUE(refusal(damaged).starts_with("x.png: ")) << at;
    }
}

TEST(PngReader, OtherFilesAreRefused) {
    EXPECT_NE(refusal("\xFF\xD8\xFF\xE0 a JPEG").find("cannot be read as a PNG"), std::string::npos);
    EXPECT_THROW(read_png("/nonexistent.png"), DataError);
}

}  // namespace
}  // namespace ae::png_reader_test
