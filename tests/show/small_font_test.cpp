#include "show/small_font.h"

#include <gmock/gmock.h>

#include <set>

namespace ae {
namespace {

Picture black(int width, int height, int channels = 1) {
    return {width, height, std::vector<std::uint8_t>(ImageSize{width, height, channels}.values()), channels};
}

Picture drawn(std::string_view text, TextPlace at = {0, 0, 1}) {
    Picture picture = black(40, 12);
    draw_text(picture, text, at, {200, 0, 0});
    return picture;
}

TEST(SmallFont, EveryCharacterOfAsciiLooksLikeNoOther) {
    std::set<std::vector<std::uint8_t>> seen;
    for (char c = ' '; c <= '~'; ++c) EXPECT_TRUE(seen.insert(drawn(std::string(1, c)).pixels).second) << c;
    EXPECT_TRUE(seen.insert(drawn("\x7f").pixels).second);
}

TEST(SmallFont, ALetterIsWhereItWasAskedFor) {
    const Picture picture = drawn("I", {3, 2, 2});
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const int row = (y - 2) / 2, column = (x - 3) / 2;
            const bool inside = y >= 2 && x >= 3 && row < 7 && column < 5;
            const bool ink = inside && (column == 2 || ((row == 0 || row == 6) && column >= 1 && column <= 3));
            EXPECT_EQ(picture.at(x, y), ink ? 200 : 0) << x << ' ' << y;
        }
}

TEST(SmallFont, WhatLiesOutsideThePictureIsLeftOut) {
    Picture picture = black(4, 4, 3);
    draw_text(picture, "WWW", {-3, -3, 2}, {1, 2, 3});
    draw_text(picture, "WWW", {3, 3, 2}, {1, 2, 3});
    EXPECT_EQ(picture.pixels.size(), 48u);
    EXPECT_EQ(picture.at(3, 3, 2), 3);
}

TEST(SmallFont, OtherCharactersAreABoxEach) {
    EXPECT_EQ(in_small_font("a\xc3\xa4\xe2\x82\xac b"), "a\x7f\x7f b");
    EXPECT_EQ(drawn("\xc3\xa4").pixels, drawn("\x7f").pixels);
}

TEST(SmallFont, WidthsLeaveOutTheLastSpace) {
    EXPECT_EQ(text_width(0, 2), 0);
    EXPECT_EQ(text_width(1, 2), 10);
    EXPECT_EQ(text_width(3, 2), 34);
}

}  // namespace
}  // namespace ae
