#include "use/denoisers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/rows.h"

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
    const RidgeDenoiser ridge(as_rows(std::as_const(mixed), kPixels), as_rows(std::as_const(clean), kPixels), 1e-9,
                              pool);
    const std::vector<float> restored = ridge.restore(as_rows(std::as_const(mixed), kPixels), pool);
    for (std::size_t i = 0; i < clean.size(); ++i) ASSERT_NEAR(restored[i], clean[i], 1e-4) << i;
}

TEST(Ridge, StaysInTheRangeOfPixels) {
    ThreadPool pool(1);
    const std::vector<float> noisy{0, 1, 0.5f, 0.25f}, clean{0, 1, 0.5f, 0.25f}, beyond{-5, 5};
    const RidgeDenoiser ridge(as_rows(noisy, 1), as_rows(clean, 1), 1e-9, pool);
    EXPECT_EQ(ridge.restore(as_rows(beyond, 1), pool), (std::vector<float>{0, 1}));
}

}  // namespace
}  // namespace ae
