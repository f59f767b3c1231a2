#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ae/dataset.h"
#include "file/sha256.h"

namespace ae {
namespace {

constexpr int kCount = 5000;

const Images& digits() {
    static const Images images = synthetic_digits(kCount, 42);
    return images;
}

std::string sha256(const Images& images) {
    Sha256 hash;
    hash.update(std::as_bytes(std::span(images.pixels)));
    return hash.hex();
}

TEST(Synthetic, HasTheShapeOfMnist) {
    EXPECT_EQ(digits().count, kCount);
    EXPECT_EQ(digits().height, 28);
    EXPECT_EQ(digits().width, 28);
    EXPECT_EQ(digits().pixels.size(), std::size_t(kCount) * 784);
    ASSERT_EQ(digits().labels.size(), std::size_t(kCount));
    for (int digit = 0; digit < 10; ++digit)
        EXPECT_EQ(std::count(digits().labels.begin(), digits().labels.end(), digit), kCount / 10);
}

// Found with g++ 12 for x86-64; every other compiler, processor and set of flags must give it too.
TEST(Synthetic, GivesTheSameBytesEverywhere) {
    EXPECT_EQ(sha256(digits()), "446b228a3c115f738fd3646a4ba7deca68981b728876c5b444c532c04b42cf64");
}

TEST(Synthetic, IsAFunctionOfSeedAndNumber) {
    const Images few = synthetic_digits(7, 42), other = synthetic_digits(7, 43);
    EXPECT_TRUE(std::equal(few.pixels.begin(), few.pixels.end(), digits().pixels.begin()));
    EXPECT_NE(sha256(few), sha256(other));
    EXPECT_EQ(synthetic_digits(0, 1).pixels.size(), 0u);
}

TEST(Synthetic, LooksLikeMnistInNumbers) {
    double sum = 0, inked = 0, full = 0;
    for (const std::uint8_t value : digits().pixels) {
        sum += value;
        inked += value > 0;
        full += value > 250;
    }
    const double n = static_cast<double>(digits().pixels.size());
    EXPECT_NEAR(sum / 255 / n, 0.1307, 0.01);
    EXPECT_NEAR(inked / n, 0.191, 0.01);
    EXPECT_NEAR(full / n, 0.072, 0.01);
    EXPECT_NEAR(entropy_floor(digits()), 0.058, 0.01);
}

TEST(Synthetic, CentresDigitsByMassAndKeepsThemOffTheBorder) {
    double off_centre = 0;
    int at_border = 0;
    for (int i = 0; i < kCount; ++i) {
        double mass = 0, x_moment = 0, y_moment = 0, border = 0;
        for (int y = 0; y < 28; ++y)
            for (int x = 0; x < 28; ++x) {
                const double ink = digits().image(i)[static_cast<std::size_t>(y * 28 + x)];
                mass += ink, x_moment += ink * (x + 0.5), y_moment += ink * (y + 0.5);
                if (std::min({x, y, 27 - x, 27 - y}) == 0) border += ink;
            }
        ASSERT_GT(mass, 255 * 20) << i;
        const double distance = std::hypot(x_moment / mass - 14, y_moment / mass - 14);
        ASSERT_LT(distance, 2.5) << i;
        off_centre += distance / kCount;
        at_border += border > 0;
    }
    EXPECT_LT(off_centre, 0.5);
    EXPECT_EQ(at_border, 0);
}

// Classes must be told apart, and no class may be ten copies of one picture: nearest class mean finds most digits,
// and images lie well away from their class's mean.
TEST(Synthetic, HasClassesWithVariety) {
    std::array<std::vector<double>, 10> mean;
    for (auto& m : mean) m.assign(784, 0);
    for (int i = 0; i < kCount; ++i)
        for (std::size_t p = 0; p < 784; ++p)
            mean[static_cast<std::size_t>(i % 10)][p] += digits().image(i)[p] * 10.0 / kCount;
    const auto distance = [&](int i, std::size_t digit) {
        double sum = 0;
        for (std::size_t p = 0; p < 784; ++p) sum += std::pow((digits().image(i)[p] - mean[digit][p]) / 255, 2);
        return std::sqrt(sum);
    };
    int right = 0;
    double spread = 0;
    for (int i = 0; i < kCount; ++i) {
        std::size_t nearest = 0;
        for (std::size_t digit = 1; digit < 10; ++digit)
            if (distance(i, digit) < distance(i, nearest)) nearest = digit;
        right += nearest == digits().labels[static_cast<std::size_t>(i)];
        spread += distance(i, digits().labels[static_cast<std::size_t>(i)]) / kCount;
    }
    EXPECT_GT(right, kCount * 0.7);
    EXPECT_GT(spread, 4.5);
}

}  // namespace
}  // namespace ae
