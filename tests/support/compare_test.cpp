#include "compare.h"

namespace ae::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Compare, NanNeverPasses) {
    const std::vector<double> good{1, 2}, bad{1, kNan};
    EXPECT_FALSE(relative_l2(bad, good) <= 1e300);
    EXPECT_FALSE(relative_l2(good, bad) <= 1e300);
    EXPECT_FALSE(close(kNan, 1, 1e300, 1));
    EXPECT_FALSE(close(1, kNan, 1e300, 1));
}

TEST(Compare, MeasuresTheDifference) {
    EXPECT_EQ(relative_l2(std::vector{3.0, 4.0}, std::vector{3.0, 4.0}), 0);
    EXPECT_DOUBLE_EQ(relative_l2(std::vector{3.0, 4.5}, std::vector{3.0, 4.0}), 0.1);
    EXPECT_EQ(relative_l2(std::vector{0.0}, std::vector{0.0}), 0);
    EXPECT_TRUE(std::isinf(relative_l2(std::vector{1.0}, std::vector{0.0})));
    EXPECT_TRUE(close(1.1, 1, 0.2, 0));
    EXPECT_FALSE(close(1.1, 1, 0, 0.05));
}

TEST(Compare, ArraysOfDifferentLengthsDiffer) {
    EXPECT_FALSE(relative_l2(std::vector{1.0}, std::vector{1.0, 2.0}) <= 1e300);
}

TEST(Compare, RandomImagesAreAsDenseAsAskedAndCoverAllBytes) {
    const Images images = random_images(100, 28, 28, 0.2, 3);
    std::vector<int> seen(256);
    for (const std::uint8_t p : images.pixels) ++seen[p];
    EXPECT_NEAR(1 - seen[0] / 78400.0, 0.2, 0.01);
    for (int v = 1; v < 256; ++v) EXPECT_GT(seen[static_cast<std::size_t>(v)], 0) << v;
}

}  // namespace
}  // namespace ae::test
