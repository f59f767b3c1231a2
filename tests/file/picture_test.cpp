#include "file/picture.h"

#include <gmock/gmock.h>
#include <png.h>

#include <cmath>
#include <stdexcept>

#include "ae/error.h"
#include "failing_calls.h"
#include "show/terminal_picture.h"
#include "temporary_folder.h"

namespace ae {
namespace {

using test::content_of;
using test::TemporaryFolder;
using testing::AnyOf;
using testing::ElementsAre;
using Rows = std::vector<std::vector<float>>;

Picture decode(const std::string& bytes) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) throw std::runtime_error(image.message);
    if (image.format != PNG_FORMAT_GRAY) throw std::runtime_error("not an 8-bit grey PNG");
    Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
    picture.pixels.resize(PNG_IMAGE_SIZE(image));
    if (!png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr))
        throw std::runtime_error(image.message);
    return picture;
}

Picture gradient(int width, int height) {
    Picture picture{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) picture.at(x, y) = static_cast<std::uint8_t>(x * 7 + y * 31);
    return picture;
}

TEST(Png, ComesBackPixelByPixel) {
    for (const auto& [width, height] : {std::pair(1, 1), {3, 2}, {256, 17}, {602, 122}}) {
        const Picture picture = gradient(width, height), back = decode(encode_png(picture));
        EXPECT_EQ(back.width, width);
        EXPECT_EQ(back.height, height);
        EXPECT_EQ(back.pixels, picture.pixels);
    }
}

TEST(Png, RefusesAPictureWithoutPixels) {
    EXPECT_THROW(encode_png({}), OutputError);
}

TEST(Png, AFailedSaveLeavesTheOldPictureOrTheNew) {
    const TemporaryFolder folder;
    const std::string old = encode_png(gradient(2, 2)), next = encode_png(gradient(3, 3));
    const int thrown = test::with_every_call_failing<OutputError>(
        EDQUOT, [&] { test::put(folder / "p.png", old); }, [&] { write_png(folder / "p.png", gradient(3, 3)); },
        [&](const std::string&) { EXPECT_THAT(content_of(folder / "p.png"), AnyOf(old, next)); });
    EXPECT_GE(thrown, 12);
}

TEST(DigitGrid, PutsEveryRowBelowTheOneBefore) {
    const Rows rows{{0, 1, 0.5f, 0.25f}, {1, 1, 0, 0}};  // two images of 2 × 1 each
    const Picture grid = digit_grid(rows, {2, 1}, {.scale = 1, .gutter = 1});
    EXPECT_EQ(grid.width, 7);
    EXPECT_EQ(grid.height, 5);
    EXPECT_THAT(grid.pixels, ElementsAre(64, 64, 64, 64, 64, 64, 64,   //
                                         64, 0, 255, 64, 128, 64, 64,  //
                                         64, 64, 64, 64, 64, 64, 64,   //
                                         64, 255, 255, 64, 0, 0, 64,   //
                                         64, 64, 64, 64, 64, 64, 64));
}

TEST(DigitGrid, DoublesDigitsOf28Pixels) {
    std::vector<float> digits(10 * 28 * 28, 0.0f);
    digits[3 * 28 * 28 + 5 * 28 + 6] = 1;  // digit 3, row 5, column 6
    const Picture grid = digit_grid(Rows{digits, digits}, {28, 28});
    EXPECT_EQ(grid.width, 10 * (56 + 2) + 2);
    EXPECT_EQ(grid.height, 2 * (56 + 2) + 2);
    const int left = 2 + 3 * 58 + 12, top = 2 + 58 + 10;
    for (int y = top - 1; y <= top + 2; ++y)
        for (int x = left - 1; x <= left + 2; ++x) {
            const bool inside = y >= top && y < top + 2 && x >= left && x < left + 2;
            EXPECT_EQ(grid.at(x, y), inside ? 255 : 0) << x << " " << y;
        }
}

TEST(DigitGrid, TakesImagesOfAnySize) {
    EXPECT_EQ(digit_grid(Rows{std::vector<float>(1)}, {1, 1}).width, 56 + 4);
    EXPECT_EQ(digit_grid(Rows{std::vector<float>(100 * 3)}, {100, 3}).width, 100 + 4);
    EXPECT_EQ(digit_grid(Rows{std::vector<float>(32 * 32)}, {32, 32}).width, 32 + 4);
}

TEST(DigitGrid, ClampsAndShowsNanAsBlack) {
    const Rows row{{-1, 2, std::nanf(""), HUGE_VALF, -HUGE_VALF, 0.002f}};
    EXPECT_THAT(digit_grid(row, {6, 1}, {.scale = 1, .gutter = 0}).pixels, ElementsAre(0, 255, 0, 255, 0, 1));
}

TEST(DigitGrid, RefusesRowsThatDoNotFit) {
    const std::vector<float> one(4), two(8), half(6);
    EXPECT_THROW(digit_grid(Rows(), {2, 2}), std::invalid_argument);
    EXPECT_THROW(digit_grid(Rows{{}}, {2, 2}), std::invalid_argument);
    EXPECT_THROW(digit_grid(Rows{one, two}, {2, 2}), std::invalid_argument);
    EXPECT_THROW(digit_grid(Rows{half}, {2, 2}), std::invalid_argument);
    EXPECT_THROW(digit_grid(Rows{one}, {0, 2}), std::invalid_argument);
}

TEST(DigitGrid, RefusesAPictureLongerThanAPng) {
    const std::vector<std::vector<float>> wide{std::vector<float>(65536)};
    EXPECT_NO_THROW(digit_grid(wide, {65536, 1}, {.scale = 1}));
    EXPECT_THROW(digit_grid(wide, {65536, 1}, {.scale = 50'000}), UsageError) << "65536 · 50000 is beyond an int";
    EXPECT_THROW(digit_grid({{std::vector<float>(20)}}, {1, 1}, {.scale = 60'000}), UsageError);
}

TEST(AsText, DrawsHalfBlocksInTrueColour) {
    const Picture picture{2, 3, {0, 255, 128, 255, 7, 255}};
    EXPECT_EQ(as_text(picture, Shades::true_color),
              "\x1b[38;2;0;0;0m\x1b[48;2;128;128;128m▀\x1b[38;2;255;255;255m\x1b[48;2;255;255;255m▀\x1b[0m\n"
              "\x1b[38;2;7;7;7m\x1b[48;2;0;0;0m▀\x1b[38;2;255;255;255m▀\x1b[0m\n");
}

TEST(AsText, DrawsHalfBlocksInGreys) {
    const Picture picture{3, 2, {0, 255, 255, 128, 10, 10}};
    EXPECT_EQ(as_text(picture, Shades::grey_256),
              "\x1b[38;5;16m\x1b[48;5;244m▀\x1b[38;5;231m\x1b[48;5;232m▀▀\x1b[0m\n");
}

TEST(AsText, DrawsPlainCharacters) {
    const Picture picture{4, 2, {0, 255, 0, 100, 0, 255, 255, 200}};
    EXPECT_EQ(as_text(picture, Shades::ascii), " @=+\n");
}

TEST(DigitsAsText, BreaksWhereTheTerminalEnds) {
    const std::vector<float> row(5 * 4, 1.0f);  // five images of 2 × 2
    const Rows rows{row, row};
    const auto lines = [&](int columns) {
        const std::string text = digits_as_text(rows, {2, 2}, columns, Shades::ascii);
        std::vector<std::size_t> lengths;
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
            lengths.push_back(text.find('\n', at) - at);
        return lengths;
    };
    EXPECT_THAT(lines(80), ElementsAre(16, 16, 16, 16));  // 7 rows of pixels
    EXPECT_THAT(lines(10), ElementsAre(10, 10, 10, 10, 7, 7, 7, 7));
    EXPECT_EQ(lines(1).size(), 5u * 4);
}

TEST(TerminalShades, FollowTheEnvironment) {
    const auto shades = [](const char* no_color, const char* term, const char* colorterm) {
        const test::Environment a("NO_COLOR", no_color), b("TERM", term), c("COLORTERM", colorterm);
        return terminal_shades();
    };
    EXPECT_EQ(shades(nullptr, "xterm", "truecolor"), Shades::true_color);
    EXPECT_EQ(shades("", "xterm", "24bit"), Shades::true_color);
    EXPECT_EQ(shades(nullptr, "xterm-256color", nullptr), Shades::grey_256);
    EXPECT_EQ(shades("1", "xterm", "truecolor"), Shades::ascii);
    EXPECT_EQ(shades(nullptr, "dumb", "truecolor"), Shades::ascii);
    EXPECT_EQ(shades(nullptr, nullptr, nullptr), Shades::ascii);
}

}  // namespace
}  // namespace ae
