// Quantised codes: errors within half a step, exact zeros, ranges that are worth what they clip.
#include "use/quantizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "ae/error.h"

namespace ae {
namespace {

/// n × dimensions, as a ReLU code: half of the values 0, the others' sizes falling off.
std::vector<float> relu_codes(std::size_t n, std::size_t dimensions) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0, 3);
    std::vector<float> codes(n * dimensions);
    for (float& code : codes) code = std::max(0.0f, normal(random));
    return codes;
}

double mean_squared_error(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum / static_cast<double>(a.size());
}

class QuantizerBits : public testing::TestWithParam<int> {};

TEST_P(QuantizerBits, KeepsValuesWithinHalfAStepOfTheirRange) {
    const std::vector<float> codes = relu_codes(5000, 3);
    const Quantizer quantizer = fit_quantizer(codes, 3, GetParam());
    const std::vector<std::uint8_t> levels = quantizer.quantize(codes);
    const std::vector<float> back = quantizer.dequantize(levels);
    ASSERT_EQ(back.size(), codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const float low = quantizer.low[i % 3], high = quantizer.high[i % 3];
        const float half = (high - low) / static_cast<float>(quantizer.levels() - 1) / 2;
        EXPECT_LT(levels[i], quantizer.levels());
        EXPECT_TRUE(std::abs(back[i] - std::clamp(codes[i], low, high)) <= half * 1.0001f) << i;
        EXPECT_TRUE(codes[i] != 0 || back[i] == 0) << i;
    }
}

TEST_P(QuantizerBits, LevelsAreAFixedPoint) {
    const std::vector<float> codes = relu_codes(500, 4);
    const Quantizer quantizer = fit_quantizer(codes, 4, GetParam());
    const std::vector<std::uint8_t> levels = quantizer.quantize(codes);
    EXPECT_EQ(quantizer.quantize(quantizer.dequantize(levels)), levels);
}

INSTANTIATE_TEST_SUITE_P(Bits, QuantizerBits, testing::Range(1, 9));

TEST(Quantizer, EveryBitMoreLosesLess) {
    const std::vector<float> codes = relu_codes(5000, 2);
    double before = std::numeric_limits<double>::infinity();
    for (int bits = 1; bits <= 8; ++bits) {
        const Quantizer quantizer = fit_quantizer(codes, 2, bits);
        const double error = mean_squared_error(codes, quantizer.dequantize(quantizer.quantize(codes)));
        EXPECT_TRUE(error < before / 2) << bits;
        before = error;
    }
}

TEST(Quantizer, ClipsOutliersWhereThatIsWorthIt) {
    std::vector<float> codes = relu_codes(5000, 1);
    codes[17] = 1000;
    const Quantizer coarse = fit_quantizer(codes, 1, 8);
    EXPECT_EQ(coarse.high[0], 1000) << "one error of 990 is worse than a coarse step for all";
    codes[17] = 60;
    EXPECT_LT(fit_quantizer(codes, 1, 3).high[0], 20);
    EXPECT_EQ(fit_quantizer(codes, 1, 3).low[0], 0);
}

TEST(Quantizer, EqualValuesAndASingleRow) {
    const std::vector<float> codes = {-3, 0, 7.5f};
    for (const int bits : {1, 8}) {
        const Quantizer quantizer = fit_quantizer(codes, 3, bits);
        EXPECT_EQ(quantizer.dequantize(quantizer.quantize(codes)), codes);
    }
}

TEST(Quantizer, TheWidestRangeDoesNotOverflow) {
    const float most = std::numeric_limits<float>::max();
    const std::vector<float> codes = {-most, most, 0, most};
    const Quantizer quantizer = fit_quantizer(codes, 1, 8);
    const std::vector<float> back = quantizer.dequantize(quantizer.quantize(codes));
    EXPECT_EQ(back[0], -most);
    EXPECT_EQ(back[1], most);
    EXPECT_TRUE(std::abs(back[2]) < most / 200) << back[2];
}

TEST(Quantizer, RefusesWhatCannotBe) {
    const std::vector<float> codes = {1, 2};
    EXPECT_THROW(fit_quantizer(codes, 1, 0), UsageError);
    EXPECT_THROW(fit_quantizer(codes, 1, 9), UsageError);
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
        EXPECT_THROW(fit_quantizer(std::vector<float>{1, bad}, 1, 8), ModelError);
}

}  // namespace
}  // namespace ae
