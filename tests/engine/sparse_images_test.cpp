#include "engine/sparse_images.h"

#include <array>

#include "compare.h"

namespace ae::sparse_images_test {
namespace {

using test::random_images;

struct Case {
    int height, width;
    double density;
};
void PrintTo(const Case& c, std::ostream* out) {
    *out << c.height << "x" << c.width << ", " << c.density;
}

/// Three images of five, out of order and one of them twice.
class SparseImagesOf : public testing::TestWithParam<Case> {
protected:
    int pixels() const { return GetParam().height * GetParam().width; }
    float x(std::size_t row, int p) const {
        return pixel<float>(
            images.pixels[chosen[row] * static_cast<std::size_t>(pixels()) + static_cast<std::size_t>(p)]);
    }
    std::vector<float> poison(int n) const {
        return std::vector<float>(static_cast<std::size_t>(n), std::numeric_limits<float>::quiet_NaN());
    }

    Images images = random_images(5, GetParam().height, GetParam().width, GetParam().density, 7);
    ThreadPool pool{3};
    SparseImages sparse{images, pool};
    std::array<std::uint32_t, 4> chosen{4, 0, 2, 4};
};
INSTANTIATE_TEST_SUITE_P(Shapes, SparseImagesOf,
                         testing::Values(Case{28, 28, 0.2}, Case{3, 5, 0.5}, Case{8, 8, 0.3}, Case{5, 13, 1.0},
                                         Case{1, 129, 0.1}, Case{4, 4, 0.0}));

TEST_P(SparseImagesOf, ExpandToThePixels) {
    std::vector<float> out = poison(4 * pixels());
    expand(Matrix<float>{out.data(), 4, pixels()}, sparse, chosen);
    for (std::size_t r = 0; r < 4; ++r)
        for (int p = 0; p < pixels(); ++p)
            ASSERT_EQ(out[r * static_cast<std::size_t>(pixels()) + static_cast<std::size_t>(p)], x(r, p));
}

TEST_P(SparseImagesOf, AreTheSameInABatch) {
    SparseBatch batch;
    batch.resize(sparse, 9);  // a larger one before
    batch.resize(sparse, 4);
    batch.copy(2, std::span(chosen).subspan(2));
    batch.copy(0, std::span(chosen).first(2));
    EXPECT_EQ(batch.rows(), 4);
    for (int r = 0; r < 4; ++r) {
        std::vector<float> out = poison(pixels());
        expand(out, batch, r);
        for (int p = 0; p < pixels(); ++p)
            ASSERT_EQ(out[static_cast<std::size_t>(p)], x(static_cast<std::size_t>(r), p));
    }
}

TEST_P(SparseImagesOf, KeepEachPixelInItsBlock) {
    SparseBatch batch;
    batch.resize(sparse, 4);
    batch.copy(0, chosen);
    for (int r = 0; r < 4; ++r) {
        std::size_t count = 0;
        for (int block = 0; block < batch.blocks(); ++block) {
            const SparseEntries e = batch.entries(r, block);
            for (std::size_t i = 0; i < e.count; ++i) ASSERT_EQ(e.pixel[i] / SparseImages::kBlock, block);
            count += e.count;
        }
        EXPECT_EQ(count, batch.entries(r).count);
    }
}

TEST(SparseImages, DensityIsTheShareOfPixelsThatAreNotBlack) {
    Images images{2, 1, 4, {0, 9, 0, 255, 0, 0, 0, 1}, {}};
    ThreadPool pool(1);
    EXPECT_DOUBLE_EQ(SparseImages(images, pool).density(), 3.0 / 8);
}

TEST(SparseImages, AreTheSameForAnyNumberOfThreads) {
    const Images images = random_images(1300, 3, 5, 0.5, 7);  // three tasks
    ThreadPool one(1), three(3);
    const SparseImages alone(images, one), shared(images, three);
    for (std::uint32_t i = 0; i < 1300; ++i) {
        const SparseEntries e = alone.entries(i), f = shared.entries(i);
        ASSERT_EQ(std::vector(e.pixel, e.pixel + e.count), std::vector(f.pixel, f.pixel + f.count)) << i;
        ASSERT_EQ(std::vector(e.value, e.value + e.count), std::vector(f.value, f.value + f.count)) << i;
        ASSERT_TRUE(std::ranges::equal(alone.block_starts(i), shared.block_starts(i))) << i;
        std::size_t next = 0;
        for (std::uint16_t p = 0; p < 15; ++p) {
            const std::uint8_t value = images.pixels[i * 15 + p];
            if (value == 0) continue;
            ASSERT_LT(next, e.count);
            EXPECT_TRUE(e.pixel[next] == p && e.value[next] == value) << i << ", pixel " << p;
            ++next;
        }
        ASSERT_EQ(next, e.count);
    }
}

TEST(SparseImages, TakesNoImages) {
    ThreadPool pool(1);
    EXPECT_EQ(SparseImages(Images{}, pool).density(), 0);
    EXPECT_EQ(SparseImages().density(), 0);
}

}  // namespace
}  // namespace ae::sparse_images_test
