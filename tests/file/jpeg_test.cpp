// JPEG as the measure: near at high quality, small at low.
#include "file/jpeg.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace ae {
namespace {

TEST(Jpeg, IsNearAtHighQualityAndSmallAtLow) {
    Picture picture{28, 28, {}};
    for (int y = 0; y < 28; ++y)
        for (int x = 0; x < 28; ++x) picture.pixels.push_back(static_cast<std::uint8_t>(4 * x + 5 * y));
    const std::string best = encode_jpeg(picture, 100), worst = encode_jpeg(picture, 1);
    EXPECT_LT(worst.size(), best.size());
    const Picture back = decode_jpeg(best);
    ASSERT_EQ(back.width, 28);
    ASSERT_EQ(back.height, 28);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        EXPECT_LE(std::abs(back.pixels[i] - picture.pixels[i]), 2) << i;
}

TEST(Jpeg, OtherBytesAreAnError) {
    EXPECT_THROW(decode_jpeg("no JPEG at all"), std::runtime_error);
}

}  // namespace
}  // namespace ae
