#include "data/known_images.h"

#include <gtest/gtest.h>

#include "random_values.h"

namespace ae::known_images_test {
namespace {

using Values = std::vector<float>;

KnownImages known(const Values& images, int values_per_image) {
    KnownImages known(values_per_image);
    known.add(images);
    known.finish();
    return known;
}

TEST(KnownImages, AreFoundByAllTheirPixels) {
    const KnownImages pairs = known({0.1f, 0.2f, 0.3f, 0.4f, 1, 0}, 2);
    EXPECT_EQ(pairs.count_of(Values{0.3f, 0.4f, 0.4f, 0.3f, 1, 0, 0.2f, 0.3f}), 2);
    EXPECT_EQ(pairs.count_of(Values{0.2f, 0.1f}), 0);
    EXPECT_EQ(pairs.count_of(Values{0.1f, 0.2f + 1e-7f}), 0);
    EXPECT_EQ(pairs.count_of(Values()), 0);
    EXPECT_EQ(known({}, 2).count_of(Values{0.1f, 0.2f}), 0);
}

TEST(KnownImages, ComeInAnyPieces) {
    const Values images = test::uniform_values(50 * 784, 1);
    KnownImages pieces(784);
    for (std::size_t i = 0; i < 50; i += 10) pieces.add(std::span(images).subspan(i * 784, 7840));
    pieces.finish();
    EXPECT_EQ(pieces.count_of(images), 50);
    EXPECT_EQ(pieces.count_of(test::uniform_values(50 * 784, 2)), 0);
}

}  // namespace
}  // namespace ae::known_images_test
