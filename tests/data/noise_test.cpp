#include "ae/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "ae/error.h"

namespace ae {
namespace {

TEST(Normal, HasTheMomentsOfANormalValue) {
    constexpr int kDraws = 1'000'000;
    double sum = 0, squares = 0, fourths = 0;
    int beyond_two = 0;
    for (int i = 0; i < kDraws; ++i) {
        const double z = normal(random_bits(1, 2, static_cast<std::uint64_t>(i)));
        sum += z, squares += z * z, fourths += z * z * z * z;
        beyond_two += std::abs(z) > 2;
    }
    EXPECT_NEAR(sum / kDraws, 0, 0.004);
    EXPECT_NEAR(squares / kDraws, 1, 0.005);
    EXPECT_NEAR(fourths / kDraws, 3 - 0.15, 0.03);
    EXPECT_NEAR(static_cast<double>(beyond_two) / kDraws, 0.0455, 0.0015);
}

TEST(Normal, CountsAllEightBytes) {
    EXPECT_FLOAT_EQ(normal(0), -1020 / 209.022327f);
    EXPECT_FLOAT_EQ(normal(~std::uint64_t(0)), 1020 / 209.022327f);
    for (int byte = 0; byte < 8; ++byte)
        EXPECT_FLOAT_EQ(normal(std::uint64_t(0xFF) << (8 * byte)), (255 - 1020) / 209.022327f) << byte;
}

/// Mean change and share of pixels changed over many images of one grey.
struct Effect {
    double mean = 0, deviation = 0, changed = 0;
};
Effect effect(const Noise& noise, float grey) {
    constexpr int kImages = 400, kSide = 28, kPixels = kImages * kSide * kSide;
    double sum = 0, squares = 0, changed = 0;
    for (std::uint32_t image = 0; image < kImages; ++image) {
        const ImageNoise n(noise, 7, 3, image, kSide, kSide);
        for (int p = 0; p < kSide * kSide; ++p) {
            const float y = n.corrupt(grey, p / kSide, p % kSide, kSide);
            EXPECT_TRUE(y >= 0 && y <= 1) << y;
            sum += y - grey, squares += (y - grey) * (y - grey), changed += y != grey;
        }
    }
    return {sum / kPixels, std::sqrt(squares / kPixels), changed / kPixels};
}

TEST(Corrupt, GaussianHasItsDeviation) {
    const Effect fixed = effect({NoiseKind::gaussian, 0.1f, 0.1f}, 0.5f);
    EXPECT_NEAR(fixed.mean, 0, 0.002);
    EXPECT_NEAR(fixed.deviation, 0.1, 0.002);
    const Effect blind = effect({NoiseKind::gaussian, 0.0f, 0.15f}, 0.5f);
    EXPECT_NEAR(blind.deviation, 0.15 / std::sqrt(3.0), 0.006);
}

TEST(Corrupt, SaltPepperMaskAndBlockChangeTheirShare) {
    const Effect salt = effect({NoiseKind::salt_pepper, 0.2f, 0.2f}, 0.5f);
    EXPECT_NEAR(salt.changed, 0.2, 0.005);
    EXPECT_NEAR(salt.mean, 0, 0.005);
    EXPECT_NEAR(effect({NoiseKind::mask, 0.3f, 0.3f}, 0.5f).changed, 0.3, 0.005);
    EXPECT_NEAR(effect({NoiseKind::block, 5, 5}, 0.5f).changed, 25.0 / 784, 1e-3);
    EXPECT_NEAR(effect({NoiseKind::block, 28, 28}, 0.5f).changed, 1, 1e-3);
}

TEST(Corrupt, DiffersBetweenSeedsStepsAndImagesAndRepeatsOtherwise) {
    const Noise noise{NoiseKind::gaussian, 0.05f, 0.05f};  // small: nothing is clipped to the same value
    std::set<float> values;
    for (std::uint64_t seed : {1, 2})
        for (std::uint64_t step : {1, 2})
            for (std::uint32_t image : {1u, 2u})
                values.insert(ImageNoise(noise, seed, step, image, 28, 28).corrupt(0.5f, 3, 4, 28));
    EXPECT_EQ(values.size(), 8u);
    EXPECT_EQ(ImageNoise(noise, 1, 2, 3, 28, 28).corrupt(0.5f, 3, 4, 28),
              ImageNoise(noise, 1, 2, 3, 28, 28).corrupt(0.5f, 3, 4, 28));
}

TEST(NoiseText, IsReadAndWritten) {
    for (const char* text : {"none", "gaussian:0.3", "gaussian:0..0.6", "saltpepper:0.1", "mask:0.5", "block:5"})
        EXPECT_EQ(Noise::parse(text).text(), text);
    for (const char* text : {"", "gauss:0.3", "gaussian", "gaussian:", "gaussian:x", "gaussian:0.6..0.2", "gaussian:-1",
                             "gaussian:nan", "mask:1.5", "mask:0.1..0.2", "block:0", "block:2.5", "none:1"})
        EXPECT_THROW(Noise::parse(text), UsageError) << text;
}

}  // namespace
}  // namespace ae
