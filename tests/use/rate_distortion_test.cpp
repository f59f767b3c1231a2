#include "use/rate_distortion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ae/metrics.h"
#include "base/rows.h"
#include "random_values.h"

namespace ae::rate_distortion_test {
namespace {

using Values = std::vector<float>;

constexpr int kImages = 2500, kSide = 4, kPixels = kSide * kSide;  // three pieces, the last one smaller

/// Pixels as their own code.
const CodeCodec kPlain{"plain", [](std::span<const float> x) { return Values(x.begin(), x.end()); },
                       [](std::span<const float> x) { return Values(x.begin(), x.end()); }, 1000};

class Rates : public testing::Test {
protected:
    Values pixels_ = test::uniform_values(std::size_t(kImages) * kPixels, 1);
    MatrixRows rows_{as_rows(std::as_const(pixels_), kPixels)};
    std::int64_t read_ = 0;
    CountedRows counted_{rows_, [this](std::int64_t read) { read_ = read; }};
    Originals originals_{counted_, {kSide, kSide}};
};

TEST_F(Rates, OfCodesAreThoseOfAllImages) {
    const std::vector<RatePoint> points = rate_of_codes(originals_, kPlain);
    ASSERT_EQ(points.size(), 8u);
    EXPECT_EQ(read_, std::int64_t(Originals::kReads) * kImages) << "a bar says how much is left";
    const AezInfo info{std::string(64, '0'), kImages, kSide, kSide, {}};
    const std::string bytes = compress_codes(info, pixels_, 3);
    SquaredErrorSum error;
    error.add(decompress_images(Aez(bytes, "x"), kPlain.decode), pixels_);
    EXPECT_EQ(points[2].setting, "3 bits");
    EXPECT_EQ(points[2].psnr, psnr(error.mean()));
    EXPECT_EQ(points[2].bytes, static_cast<double>(bytes.size()) / kImages);
    EXPECT_EQ(points[2].bytes_with_decoder, points[2].bytes + 1000.0 / kImages);
    EXPECT_GT(points[7].psnr, 50);
    EXPECT_TRUE(std::isnan(points[7].ssim)) << "smaller than its window";
}

TEST_F(Rates, OfFilesReadEveryImageOnce) {
    const RatePoint png = rate_of_png(originals_), jpeg = rate_of_jpeg(originals_, 50);
    EXPECT_EQ(read_, 2 * kImages);
    EXPECT_GT(png.psnr, 50) << "but for the rounding to bytes";
    EXPECT_TRUE(jpeg.psnr > 5 && jpeg.psnr < png.psnr) << jpeg.psnr;
    EXPECT_TRUE(png.bytes > kPixels && png.bytes < 200) << png.bytes;
    EXPECT_GT(png.encoded_per_s, 0);
    EXPECT_GT(png.decoded_per_s, 0);
}

}  // namespace
}  // namespace ae::rate_distortion_test
