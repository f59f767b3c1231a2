#include "engine/dense_products.h"

#include <vector>

#include "compare.h"
#include "random_values.h"

namespace ae {
namespace {

struct Case {
    int rows, columns, terms;
    bool a_transposed, b_transposed;
    Tile tile;
};
void PrintTo(const Case& c, std::ostream* out) {
    *out << c.rows << "x" << c.columns << "x" << c.terms << (c.a_transposed ? " t" : " n")
         << (c.b_transposed ? "t" : "n");
}

/// A tile of a product, whose other elements are poisoned; the same product in double.
class DenseProduct : public testing::TestWithParam<Case> {
protected:
    static std::size_t size(int rows, int cols) {
        return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols);
    }
    static Matrix<const float> matrix(const std::vector<float>& v, int rows, int cols, bool transposed) {
        return transposed ? Matrix<const float>{v.data(), cols, rows} : Matrix<const float>{v.data(), rows, cols};
    }
    std::vector<float> product_at(SimdLevel level) const {
        std::vector<float> c(size(at.rows, at.columns), std::numeric_limits<float>::quiet_NaN());
        dense_products_at(level).multiply({{c.data(), at.rows, at.columns},
                                           matrix(a, at.rows, at.terms, at.a_transposed),
                                           matrix(b, at.terms, at.columns, at.b_transposed),
                                           at.a_transposed,
                                           at.b_transposed},
                                          at.tile);
        return c;
    }
    double exact(int row, int column) const {
        double sum = 0;
        for (int k = 0; k < at.terms; ++k) {
            const int from_a = at.a_transposed ? k * at.rows + row : row * at.terms + k;
            const int from_b = at.b_transposed ? column * at.terms + k : k * at.columns + column;
            sum += static_cast<double>(a[static_cast<std::size_t>(from_a)]) *
                   static_cast<double>(b[static_cast<std::size_t>(from_b)]);
        }
        return sum;
    }
    bool is_in_tile(int row, int column) const {
        return row >= at.tile.row && row < at.tile.row + at.tile.rows && column >= at.tile.column &&
               column < at.tile.column + at.tile.columns;
    }

    const Case at = GetParam();
    std::vector<float> a = test::normal_values(size(at.rows, at.terms), 1),
                       b = test::normal_values(size(at.terms, at.columns), 2);
};

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const bool a : {false, true})
        for (const bool b : {false, true}) {
            all.push_back({1, 1, 1, a, b, {0, 1, 0, 1}});
            all.push_back({13, 35, 7, a, b, {0, 13, 0, 35}});
            all.push_back({30, 70, 258, a, b, {5, 20, 3, 50}});
            all.push_back({64, 128, 784, a, b, {0, 64, 64, 64}});
            all.push_back({65, 48, 515, a, b, {64, 1, 16, 17}});
            all.push_back({4, 4, 0, a, b, {1, 2, 1, 2}});
        }
    return all;
}
INSTANTIATE_TEST_SUITE_P(Cases, DenseProduct, testing::ValuesIn(cases()));

TEST_P(DenseProduct, IsThatOfPlainLoopsInItsTileAndLeavesTheRestAlone) {
    for (const SimdLevel level : simd_levels()) {
        const std::vector<float> c = product_at(level);
        for (int row = 0; row < at.rows; ++row)
            for (int column = 0; column < at.columns; ++column) {
                const auto found = static_cast<double>(c[static_cast<std::size_t>(row * at.columns + column)]);
                if (is_in_tile(row, column))
                    ASSERT_TRUE(test::close(found, exact(row, column), 2e-4, 1e-5)) << row << ' ' << column;
                else
                    ASSERT_TRUE(std::isnan(found)) << row << ' ' << column;
            }
    }
}

TEST_P(DenseProduct, HasTheSameBitsWhereverOneRoundingDoesForBoth) {
    const auto bits = [](const std::vector<float>& v) {
        std::vector<std::uint32_t> words(v.size());
        std::ranges::transform(v, words.begin(), [](float x) { return bit_cast<std::uint32_t>(x); });
        return words;
    };
    for (const SimdLevel level : simd_levels())
        if (level > SimdLevel::avx2) {
            EXPECT_EQ(bits(product_at(level)), bits(product_at(SimdLevel::avx2))) << text(level);
        }
}

}  // namespace
}  // namespace ae
