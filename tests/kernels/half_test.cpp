// Halves and split values as the emulator has them, against the compiler's own and against the bounds of half.h.
#include "device/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ae/arithmetic.h"

namespace ae {
namespace {

float sample(std::uint64_t i) {
    const float magnitude = std::exp2(40 * unit_uniform(random_bits(1, 1, i)) - 28);  // 2⁻²⁸ … 2¹²
    return random_bits(1, 2, i) % 2 == 0 ? magnitude : -magnitude;
}

TEST(Half, ComesBackFromFloatUnchanged) {
    for (unsigned bits = 0; bits < 65536; ++bits) {
        const Half half{static_cast<std::uint16_t>(bits)};
        const float value = to_float(half);
        if (std::isnan(value))
            EXPECT_GT(bits & 0x7FFF, 0x7C00u);
        else
            ASSERT_EQ(to_half(value).bits, bits) << value;
    }
    EXPECT_EQ(to_float({0x3C00}), 1.0f);
    EXPECT_EQ(to_float({0x0001}), 0x1p-24f);
    EXPECT_EQ(to_float({0x7BFF}), 65504.0f);
    EXPECT_EQ(to_float({0xFC00}), -std::numeric_limits<float>::infinity());
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
    for (unsigned bits = 0; bits < 0x7BFF; ++bits) {
        const float low = to_float({static_cast<std::uint16_t>(bits)});
        const float high = to_float({static_cast<std::uint16_t>(bits + 1)}), middle = (low + high) / 2;
        ASSERT_EQ(to_half(middle).bits, bits + bits % 2);
        ASSERT_EQ(to_half(std::nextafter(middle, low)).bits, bits);
        ASSERT_EQ(to_half(std::nextafter(middle, high)).bits, bits + 1);
    }
    EXPECT_EQ(to_half(65519.0f).bits, 0x7BFF);
    EXPECT_EQ(to_half(65520.0f).bits, 0x7C00);
    EXPECT_EQ(to_half(-1e30f).bits, 0xFC00);
    EXPECT_TRUE(std::isnan(to_float(to_half(std::numeric_limits<float>::quiet_NaN()))));
}

#if defined(__FLT16_MANT_DIG__)
TEST(Half, IsTheCompilersOwn) {
    for (std::uint64_t i = 0; i < 100'000; ++i)
        ASSERT_EQ(to_float(to_half(sample(i))), static_cast<float>(static_cast<_Float16>(sample(i)))) << sample(i);
}
#endif

TEST(SplitHalf, HoldsAFloatToTwentyTwoBits) {
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const float x = sample(i);
        const SplitHalf s = split(x);
        const double error = std::abs(static_cast<double>(to_float(s.hi)) + to_float(s.lo) - x);
        ASSERT_LE(error, std::max(0x1p-25, 0x1p-22 * std::abs(x))) << x;
    }
}

TEST(SplitHalf, BeyondTheRangeSumsToNaN) {
    for (const float x : {65520.0f, -65520.0f, 1e30f, std::numeric_limits<float>::infinity()}) {
        const SplitHalf s = split(x);
        for (const float factor : {0.0f, 2.0f, -3.0f})
            EXPECT_TRUE(std::isnan(to_float(s.hi) * factor + to_float(s.lo) * factor)) << x << " times " << factor;
    }
}

}  // namespace
}  // namespace ae
