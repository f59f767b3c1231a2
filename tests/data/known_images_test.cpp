#include "data/known_images.h"

#include <gtest/gtest.h>

#include "compare.h"

namespace ae::known_images_test {
namespace {

Images images_of(std::vector<std::uint8_t> pixels) {
    const int count = static_cast<int>(pixels.size() / 2);
    return {.count = count, .height = 1, .width = 2, .pixels = std::move(pixels), .labels = {}};
}

TEST(KnownImages, AreFoundByAllTheirPixels) {
    const Images known = images_of({1, 2, 3, 4, 255, 0});
    EXPECT_EQ(KnownImages(known).share_of(images_of({3, 4, 4, 3, 255, 0, 2, 3})), 0.5);
    EXPECT_EQ(KnownImages(known).share_of(images_of({2, 1})), 0);
    EXPECT_EQ(KnownImages(known).share_of(known), 1);
    EXPECT_EQ(KnownImages(known).share_of(Images()), 0);
}

TEST(KnownImages, AreFoundAmongFloats) {
    const Images known = images_of({1, 2, 3, 4, 255, 0});
    EXPECT_EQ(KnownImages(known).share_of(known.floats(0, 3)), 1);
    std::vector<float> almost = known.floats(0, 3);
    almost[0] += 1e-4f;
    EXPECT_EQ(KnownImages(known).share_of(almost), 2.0 / 3);
    EXPECT_EQ(KnownImages(known).share_of(std::vector<float>()), 0);
    EXPECT_EQ(KnownImages(known).share_of(std::vector<float>{-1, 2}), 0);
}

TEST(KnownImages, AreFoundAmongNumbers) {
    const Images images = test::random_numbers(3, 1, 4, -2, 1), others = test::random_numbers(2, 1, 4, -2, 2);
    const KnownImages known(images);
    EXPECT_EQ(known.share_of(images), 1);
    EXPECT_EQ(known.share_of(images.floats(1, 2)), 1);
    EXPECT_EQ(known.share_of(others), 0);
    EXPECT_EQ(known.share_of(others.floats(0, 2)), 0);
}

}  // namespace
}  // namespace ae::known_images_test
