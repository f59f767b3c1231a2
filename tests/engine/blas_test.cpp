#include "engine/blas.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rows.h"
#include "random_values.h"

namespace ae {
namespace {

/// Σ over k of a(i, k)·b(k, j), by functions that read an element.
template <typename A, typename B>
void expect_product(const std::vector<float>& c, int rows, int cols, int inner, A a, B b) {
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j) {
            double sum = 0;
            for (int k = 0; k < inner; ++k) sum += static_cast<double>(a(i, k)) * b(k, j);
            EXPECT_NEAR(c[static_cast<std::size_t>(i * cols + j)], sum, 1e-5) << i << ", " << j;
        }
}

TEST(Matmul, TransposesWhatItsNameSays) {
    const std::vector<float> x = test::normal_values(7 * 5, 1), y = test::normal_values(5 * 3, 2);
    const auto element = [](const std::vector<float>& m, int cols) {
        return [&m, cols](int r, int c) { return m[static_cast<std::size_t>(r * cols + c)]; };
    };
    const auto transposed = [](const std::vector<float>& m, int cols) {
        return [&m, cols](int r, int c) { return m[static_cast<std::size_t>(c * cols + r)]; };
    };
    std::vector<float> c(7 * 3, NAN);
    matmul(as_rows(c, 3), as_rows(x, 5), as_rows(y, 3));
    expect_product(c, 7, 3, 5, element(x, 5), element(y, 3));
    std::fill(c.begin(), c.end(), NAN);
    matmul_tn(as_rows(c, 3), as_rows(x, 7), as_rows(y, 3));
    expect_product(c, 7, 3, 5, transposed(x, 7), element(y, 3));
    std::fill(c.begin(), c.end(), NAN);
    matmul_nt(as_rows(c, 3), as_rows(x, 5), as_rows(y, 5));
    expect_product(c, 7, 3, 5, element(x, 5), transposed(y, 5));
}

/// Sizes about those of the pieces that products are cut into.
struct Size {
    int rows, cols, inner;
};
void PrintTo(const Size& s, std::ostream* out) {
    *out << s.rows << "×" << s.cols << "×" << s.inner;
}

class TileOfAProduct : public testing::TestWithParam<Size> {};
INSTANTIATE_TEST_SUITE_P(Sizes, TileOfAProduct,
                         testing::Values(Size{70, 500, 20}, Size{40, 90, 784}, Size{33, 33, 128}, Size{9, 20, 2500}));

TEST_P(TileOfAProduct, IsThatOfTheWholeAndNoMore) {
    const auto [rows, cols, inner] = GetParam();
    const Tile tile{3, rows - 5, 2, cols - 7};
    for (const int op : {0, 1, 2}) {  // none, a or b transposed
        const auto size = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
        std::vector<float> a = test::uniform_values(size(rows, inner), 1),
                           b = test::uniform_values(size(inner, cols), 2), c(size(rows, cols), -1.0f);
        const bool ta = op == 1, tb = op == 2;
        multiply(Product<float>{as_rows(c, cols), as_rows(a, ta ? rows : inner), as_rows(b, tb ? inner : cols), ta, tb},
                 tile);
        for (int i = 0; i < rows; ++i)
            for (int j = 0; j < cols; ++j) {
                double sum = 0;
                for (int k = 0; k < inner; ++k)
                    sum += static_cast<double>(a[ta ? size(k, rows) + size(i, 1) : size(i, inner) + size(k, 1)]) *
                           static_cast<double>(b[tb ? size(j, inner) + size(k, 1) : size(k, cols) + size(j, 1)]);
                const bool inside = i >= 3 && i < rows - 2 && j >= 2 && j < cols - 5;
                ASSERT_NEAR(c[size(i, cols) + size(j, 1)], inside ? sum : -1, 1e-5 * inner)
                    << op << ": " << i << ", " << j;
            }
    }
}

TEST(Eigenpairs, OfAMatrixKnownByHeart) {
    // 2, 2 − √2 and 2 + √2, with vectors (1, 0, −1)/√2, (1, ±√2, 1)/2
    std::vector<double> a = {2, 1, 0, 1, 2, 1, 0, 1, 2};
    const Eigenpairs pairs = largest_eigenpairs(as_rows(a, 3), 2);
    ASSERT_EQ(pairs.values.size(), 2u);
    EXPECT_NEAR(pairs.values[0], 2, 1e-12);
    EXPECT_NEAR(pairs.values[1], 2 + std::sqrt(2), 1e-12);
    EXPECT_NEAR(std::abs(pairs.vectors[0] - pairs.vectors[2]), std::sqrt(2), 1e-12);
    EXPECT_NEAR(pairs.vectors[1], 0, 1e-12);
    EXPECT_NEAR(std::abs(pairs.vectors[3]), 0.5, 1e-12);
    EXPECT_NEAR(std::abs(pairs.vectors[4]), std::sqrt(0.5), 1e-12);
}

TEST(Eigenpairs, AreStretchedByTheirValuesAndPerpendicular) {
    constexpr int kSize = 90, kCount = 20;
    const std::vector<float> values = test::normal_values(kSize * kSize, 3);
    std::vector<double> a(kSize * kSize);
    for (int r = 0; r < kSize; ++r)
        for (int c = 0; c < kSize; ++c)
            a[static_cast<std::size_t>(r * kSize + c)] =
                static_cast<double>(values[static_cast<std::size_t>(r * kSize + c)]) +
                values[static_cast<std::size_t>(c * kSize + r)];
    std::vector<double> copy = a;
    const Eigenpairs pairs = largest_eigenpairs(as_rows(copy, kSize), kCount);
    const auto vectors = as_rows(pairs.vectors, kSize);
    for (int i = 0; i < kCount; ++i) {
        for (int r = 0; r < kSize; ++r) {
            double product = 0;
            for (int c = 0; c < kSize; ++c) product += a[static_cast<std::size_t>(r * kSize + c)] * vectors.row(i)[c];
            EXPECT_NEAR(product, pairs.values[static_cast<std::size_t>(i)] * vectors.row(i)[r], 1e-10);
        }
        for (int j = 0; j <= i; ++j) {
            double dot = 0;
            for (int c = 0; c < kSize; ++c) dot += vectors.row(i)[c] * vectors.row(j)[c];
            EXPECT_NEAR(dot, i == j ? 1 : 0, 1e-10);
        }
    }
}

}  // namespace
}  // namespace ae
