#include "engine/sparse_images.h"

#include <array>
#include <numeric>

#include "compare.h"

namespace ae {
namespace {

using test::random_images;

struct Case {
    int height, width, columns;
    double density;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.height << "x" << c.width << " to " << c.columns << ", " << c.density;
}

/// Three images of five, out of order and one of them twice; products are compared with plain loops in double.
class SparseProducts : public testing::TestWithParam<Case> {
protected:
    int pixels() const { return GetParam().height * GetParam().width; }
    int columns() const { return GetParam().columns; }
    float x(int row, int p) const {
        return pixel<float>(images.pixels[chosen[static_cast<std::size_t>(row)] * static_cast<std::size_t>(pixels()) +
                                          static_cast<std::size_t>(p)]);
    }
    static std::vector<float> random(int n, std::uint64_t seed) {
        std::vector<float> v(static_cast<std::size_t>(n));
        for (std::size_t i = 0; i < v.size(); ++i) v[i] = unit_uniform(random_bits(seed, 0, i)) - 0.5f;
        return v;
    }
    static std::vector<float> poison(int n) {
        return std::vector<float>(static_cast<std::size_t>(n), std::numeric_limits<float>::quiet_NaN());
    }

    Images images = random_images(5, GetParam().height, GetParam().width, GetParam().density, 7);
    SparseImages sparse{images};
    std::array<std::uint32_t, 4> chosen{4, 0, 2, 4};
    SparseRows rows{&sparse, chosen};
};

INSTANTIATE_TEST_SUITE_P(Shapes, SparseProducts,
                         testing::Values(Case{28, 28, 128, 0.2}, Case{28, 28, 300, 0.5}, Case{3, 5, 1, 0.5},
                                         Case{8, 8, 16, 0.3}, Case{5, 13, 17, 1.0}, Case{1, 129, 145, 0.1},
                                         Case{4, 4, 20, 0.0}));

TEST_P(SparseProducts, ExpandGivesThePixels) {
    std::vector<float> out = poison(4 * pixels());
    expand(Matrix<float>{out.data(), 4, pixels()}, rows);
    for (int r = 0; r < 4; ++r)
        for (int p = 0; p < pixels(); ++p) ASSERT_EQ(out[static_cast<std::size_t>(r * pixels() + p)], x(r, p));
}

TEST_P(SparseProducts, MultiplyIsTheDenseProduct) {
    std::vector<float> w = random(pixels() * columns(), 1), out = poison(4 * columns());
    multiply({out.data(), 4, columns()}, rows, {w.data(), pixels(), columns()});
    for (int r = 0; r < 4; ++r)
        for (int c = 0; c < columns(); ++c) {
            double sum = 0;
            for (int p = 0; p < pixels(); ++p)
                sum +=
                    static_cast<double>(x(r, p)) * static_cast<double>(w[static_cast<std::size_t>(p * columns() + c)]);
            ASSERT_TRUE(test::close(out[static_cast<std::size_t>(r * columns() + c)], sum, 5e-6, 1e-6))
                << r << ' ' << c;
        }
}

TEST_P(SparseProducts, TransposedMultiplyIsTheDenseProductOfEachBlock) {
    std::vector<float> b = random(4 * columns(), 2), out = poison(pixels() * columns());
    for (int block = 0; block < sparse.blocks(); ++block)
        multiply_tn({out.data(), pixels(), columns()}, rows, {b.data(), 4, columns()}, block);
    for (int p = 0; p < pixels(); ++p)
        for (int c = 0; c < columns(); ++c) {
            double sum = 0;
            for (int r = 0; r < 4; ++r)
                sum +=
                    static_cast<double>(x(r, p)) * static_cast<double>(b[static_cast<std::size_t>(r * columns() + c)]);
            ASSERT_TRUE(test::close(out[static_cast<std::size_t>(p * columns() + c)], sum, 1e-6, 1e-6))
                << p << ' ' << c;
        }
}

TEST_P(SparseProducts, ABlockLeavesTheOthersAlone) {
    std::vector<float> b = random(4 * columns(), 2), out(static_cast<std::size_t>(pixels() * columns()), 5.0f);
    multiply_tn({out.data(), pixels(), columns()}, rows, {b.data(), 4, columns()}, 0);
    for (int p = SparseImages::kBlock; p < pixels(); ++p) ASSERT_EQ(out[static_cast<std::size_t>(p * columns())], 5.0f);
}

TEST(SparseImages, DensityIsTheShareOfPixelsThatAreNotBlack) {
    Images images{2, 1, 4, {0, 9, 0, 255, 0, 0, 0, 1}, {}};
    EXPECT_DOUBLE_EQ(SparseImages(images).density(), 3.0 / 8);
}

TEST(SparseImages, TakesNoImages) {
    const SparseImages none(Images{});
    EXPECT_EQ(none.density(), 0);
}

}  // namespace
}  // namespace ae
