#include "ae/metrics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "ae/error.h"

namespace ae::metrics_test {
namespace {

constexpr int kWidth = 17, kHeight = 13;
constexpr std::size_t kPixels = kWidth * kHeight;

/// (i·factor + offset) mod modulus, in 128ths: exact in float.
std::vector<float> pattern(std::size_t n, std::size_t factor, std::size_t offset, std::size_t modulus) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>((i * factor + offset) % modulus) / 128;
    return values;
}

TEST(Psnr, IsTenLogTenOfOneOverMse) {
    EXPECT_DOUBLE_EQ(psnr(0.01), 20);
    EXPECT_NEAR(psnr(0.00698), 21.5614, 5e-5);
    EXPECT_EQ(psnr(1), 0);
    EXPECT_EQ(psnr(0), std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(psnr(std::nan(""))));
}

TEST(Ssim, IsOneForEqualImages) {
    const std::vector<float> a = pattern(3 * kPixels, 37, 0, 101);
    EXPECT_DOUBLE_EQ(*ssim(a, a, kWidth, kHeight), 1);
}

TEST(Ssim, AgreesWithScipy) {  // correlate1d with the same window, in double
    const std::vector<float> a = pattern(kPixels, 37, 0, 101), b = pattern(kPixels, 53, 7, 97);
    std::vector<float> mixed(kPixels);
    for (std::size_t i = 0; i < kPixels; ++i) mixed[i] = (3 * a[i] + b[i]) / 4;
    EXPECT_NEAR(*ssim(a, b, kWidth, kHeight), -0.08199871995157981, 1e-12);
    EXPECT_NEAR(*ssim(a, mixed, kWidth, kHeight), 0.9178795386693827, 1e-12);
    EXPECT_NEAR(*ssim(a, b, kWidth, kHeight), *ssim(b, a, kWidth, kHeight), 1e-12);
}

TEST(Ssim, OfFlatImagesComparesTheirLight) {
    const std::vector<float> a(11 * 11, 0.5f), b(11 * 11, 0.25f);
    EXPECT_NEAR(*ssim(a, b, 11, 11), (2 * 0.5 * 0.25 + 1e-4) / (0.25 + 0.0625 + 1e-4), 1e-12);
}

TEST(Ssim, IsTheMeanOverImagesWhateverTheThreads) {
    constexpr std::size_t n = 7;
    const std::vector<float> a = pattern(n * kPixels, 37, 0, 101), b = pattern(n * kPixels, 53, 7, 97);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += *ssim(std::span(a).subspan(i * kPixels, kPixels), std::span(b).subspan(i * kPixels, kPixels), kWidth,
                     kHeight);
    for (const int threads : {0, 1, 2, 3, 7, 100}) EXPECT_EQ(*ssim(a, b, kWidth, kHeight, threads), sum / n) << threads;
}

TEST(Ssim, OfColourIsTheMeanOverItsChannels) {
    const std::vector<float> a = pattern(3 * kPixels, 37, 0, 101), b = pattern(3 * kPixels, 53, 7, 97);
    double sum = 0;
    for (std::size_t channel = 0; channel < 3; ++channel) {
        std::vector<float> of_a, of_b;
        for (std::size_t p = channel; p < a.size(); p += 3) of_a.push_back(a[p]), of_b.push_back(b[p]);
        sum += *ssim(of_a, of_b, kWidth, kHeight);
    }
    EXPECT_NEAR(*ssim(a, b, kWidth, kHeight, 0, 3), sum / 3, 1e-12);
    std::vector<float> red = a;
    for (std::size_t p = 0; p < red.size(); p += 3) red[p] = 0.5f;
    const double lost = *ssim(a, red, kWidth, kHeight, 0, 3);
    EXPECT_LT(lost, 0.8) << "a channel that is gone";
    EXPECT_GT(lost, 2.0 / 3) << "the others are as they were";
}

TEST(Ssim, OfEachImageByItself) {
    const std::vector<float> a = pattern(4 * kPixels, 37, 0, 101), b = pattern(4 * kPixels, 53, 7, 97);
    const std::vector<double> each = ssim_of_images(a, b, kWidth, kHeight);
    ASSERT_EQ(each.size(), 4u);
    const std::size_t last = 3 * kPixels;
    EXPECT_EQ(each[3], *ssim(std::span(a).subspan(last), std::span(b).subspan(last), kWidth, kHeight));
    EXPECT_TRUE(ssim_of_images(a, a, 10, 28).empty()) << "smaller than the window";
}

TEST(SquaredErrorSum, HasTheSameBitsForAnyPieces) {
    const std::vector<float> a = pattern(1000, 37, 0, 101), b = pattern(1000, 53, 7, 97);
    SquaredErrorSum whole;
    whole.add(a, b);
    for (const std::size_t piece : {1, 7, 256, 999}) {
        SquaredErrorSum sum;
        for (std::size_t i = 0; i < a.size(); i += piece) {
            const std::size_t n = std::min(piece, a.size() - i);
            sum.add(std::span(a).subspan(i, n), std::span(b).subspan(i, n));
        }
        EXPECT_EQ(sum.mean(), whole.mean()) << piece;
    }
    EXPECT_GT(whole.mean(), 0);
}

TEST(Ssim, IsNanWhereAPixelIs) {
    std::vector<float> a = pattern(2 * kPixels, 37, 0, 101), b = a;
    b[kPixels + 5] = std::nanf("");
    EXPECT_TRUE(std::isnan(*ssim(a, b, kWidth, kHeight)));
}

TEST(Ssim, RefusesSizesThatDoNotFit) {
    const std::vector<float> a(10 * 28), b(11 * 11), none;
    EXPECT_EQ(ssim(a, a, 28, 10), std::nullopt);
    EXPECT_EQ(ssim(a, a, 10, 28), std::nullopt);
    EXPECT_THROW(ssim(b, a, 11, 11), std::invalid_argument);
    EXPECT_THROW(ssim(a, a, 11, 11), std::invalid_argument);
    EXPECT_THROW(ssim(none, none, 11, 11), std::invalid_argument);
}

}  // namespace
}  // namespace ae::metrics_test
