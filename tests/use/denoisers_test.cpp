#include "use/denoisers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/row_source.h"

namespace ae {
namespace {

TEST(Median, TakesTheMiddleOfTheNeighbourhood) {
    ThreadPool pool(1);
    const std::vector<float> image{0, 0, 0, 0,  //
                                   0, 1, 0, 0,  //
                                   0, 0, 0, 1,  //
                                   1, 1, 1, 1};
    const std::vector<float> out = median_3x3(image, {4, 4}, pool);
    EXPECT_EQ(out, (std::vector<float>{0, 0, 0, 0,  //
                                       0, 0, 0, 0,  //
                                       0, 0, 1, 0,  //
                                       0, 0, 0, 0}));
}

TEST(Median, TreatsEveryImageByItself) {
    ThreadPool pool(2);
    std::vector<float> images(2 * 9, 0.25f);
    std::fill(images.begin() + 9, images.end(), 0.75f);
    const std::vector<float> out = median_3x3(images, {3, 3}, pool);
    EXPECT_EQ(out[4], 0.25f);
    EXPECT_EQ(out[13], 0.75f);
    EXPECT_EQ(out[0], 0) << "five of nine lie outside";
}

/// Rows of 4 pixels, of which one has its own value: the filter takes the middle of what lies around each.
TEST(Median, OfRowsKeepsWhatThreeInARowAgreeOn) {
    ThreadPool pool(1);
    const std::vector<float> row{0.5f, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f, 0.5f, 0};
    std::vector<float> three;  // the same row three times
    for (int i = 0; i < 3; ++i) three.insert(three.end(), row.begin(), row.end());
    const std::vector<float> out = median_3x3(three, {9, 3}, pool);
    EXPECT_EQ(std::vector<float>(out.begin() + 9, out.begin() + 18),
              (std::vector<float>{0.5f, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f, 0.5f, 0}))
        << "in the middle row a column of three decides";
    EXPECT_EQ(std::vector<float>(out.begin(), out.begin() + 9), (std::vector<float>{0, 0.5f, 0, 0, 0, 0, 0.5f, 0, 0}))
        << "at the rim a third of the square is black";
}

TEST(Median, OfASingleRowIsBlackWhereTwoThirdsOfTheSquareAre) {
    ThreadPool pool(1);
    EXPECT_EQ(median_3x3(std::vector<float>{1, 1, 1, 1}, {4, 1}, pool), (std::vector<float>{0, 0, 0, 0}));
}

TEST(Median, LooksAtEachColourByItself) {
    ThreadPool pool(1);
    std::vector<float> image;  // 3 × 3 pixels: red everywhere, green in the middle, blue in five of nine
    for (int p = 0; p < 9; ++p) image.insert(image.end(), {1, p == 4 ? 1.0f : 0, p % 2 == 0 ? 0.25f : 0});
    const std::vector<float> out = median_3x3(image, {3, 3, 3}, pool);
    EXPECT_EQ(std::vector<float>(out.begin() + 12, out.begin() + 15), (std::vector<float>{1, 0, 0.25f}));
}

TEST(Ridge, UndoesALinearMap) {
    ThreadPool pool(2);
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(0.2f, 0.8f);
    constexpr int kPixels = 6, kImages = 500;
    std::vector<float> clean(kImages * kPixels), mixed(clean.size());
    for (float& value : clean) value = uniform(random);
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const std::size_t next = i % kPixels + 1 == kPixels ? i + 1 - kPixels : i + 1;
        mixed[i] = 0.8f * clean[i] + 0.3f * clean[next] + 0.1f;  // every pixel with its right neighbour
    }
    const std::vector<float> pairs =
        side_by_side(as_rows(std::as_const(mixed), kPixels), as_rows(std::as_const(clean), kPixels));
    const RidgeDenoiser ridge(MatrixRows(as_rows(pairs, 2 * kPixels)), 1e-9, pool);
    const std::vector<float> restored = ridge.restore(as_rows(std::as_const(mixed), kPixels), pool);
    for (std::size_t i = 0; i < clean.size(); ++i) ASSERT_NEAR(restored[i], clean[i], 1e-4) << i;
}

TEST(Ridge, StaysInTheRangeOfPixels) {
    ThreadPool pool(1);
    const std::vector<float> pairs{0, 0, 1, 1, 0.5f, 0.5f, 0.25f, 0.25f}, beyond{-5, 5};
    const RidgeDenoiser ridge(MatrixRows(as_rows(pairs, 2)), 1e-9, pool);
    EXPECT_EQ(ridge.restore(as_rows(beyond, 1), pool), (std::vector<float>{0, 1}));
}

}  // namespace
}  // namespace ae
