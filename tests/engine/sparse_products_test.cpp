#include "engine/sparse_products.h"

#include <vector>

#include "compare.h"

namespace ae::sparse_products_test {
namespace {

struct Case {
    int height, width, columns;
    double density;
    int rows = 4;
};
void PrintTo(const Case& c, std::ostream* out) {
    *out << c.rows << " of " << c.height << "x" << c.width << " to " << c.columns << ", " << c.density;
}

/// Some of five images, in any order and some of them often; products are compared with plain loops in double.
class SparseProduct : public testing::TestWithParam<Case> {
protected:
    SparseProduct() {
        for (int r = 0; r < rows(); ++r) chosen.push_back(static_cast<std::uint32_t>(r * 3 + 4) % 5);
        batch.resize(sparse, rows());
        batch.copy(0, chosen);
    }
    int rows() const { return GetParam().rows; }
    int pixels() const { return GetParam().height * GetParam().width; }
    int columns() const { return GetParam().columns; }
    double x(int row, int p) const {
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
    double at(const std::vector<float>& m, int r, int c) const {
        return static_cast<double>(m[static_cast<std::size_t>(r * columns() + c)]);
    }

    Images images = test::random_images(5, GetParam().height, GetParam().width, GetParam().density, 7);
    ThreadPool pool{1};
    SparseImages sparse{images, pool};
    std::vector<std::uint32_t> chosen;
    SparseBatch batch;
};

INSTANTIATE_TEST_SUITE_P(Shapes, SparseProduct,
                         testing::Values(Case{28, 28, 128, 0.2}, Case{28, 28, 300, 0.5}, Case{3, 5, 1, 0.5},
                                         Case{8, 8, 16, 0.3}, Case{5, 13, 17, 1.0}, Case{1, 129, 145, 0.1},
                                         Case{4, 4, 20, 0.0}, Case{9, 9, 128, 0.2, 64}, Case{9, 9, 150, 1.0, 129}));

TEST_P(SparseProduct, MultiplyIsTheDenseProductOfSomeRows) {
    const std::vector<float> none = poison(rows() * columns());
    std::vector<float> w = random(pixels() * columns(), 1), out = none;
    const Matrix<float> c{out.data(), rows(), columns()};
    sparse_products().multiply(c.row_block(1, rows() - 1), batch, {w.data(), pixels(), columns()}, 1);
    for (int k = 0; k < columns(); ++k) EXPECT_TRUE(std::isnan(at(out, 0, k)));
    for (int r = 1; r < rows(); ++r)
        for (int k = 0; k < columns(); ++k) {
            double sum = 0;
            for (int p = 0; p < pixels(); ++p) sum += x(r, p) * at(w, p, k);
            ASSERT_TRUE(test::close(at(out, r, k), sum, 5e-6, 1e-6)) << r << ' ' << k;
        }
}

TEST_P(SparseProduct, TransposedMultiplyIsTheDenseProductOfEachBlock) {
    std::vector<float> b = random(rows() * columns(), 2), out = poison(pixels() * columns());
    for (int block = 0; block < sparse.blocks(); ++block)
        sparse_products().multiply_tn({out.data(), pixels(), columns()}, batch, {b.data(), rows(), columns()}, block);
    for (int p = 0; p < pixels(); ++p)
        for (int k = 0; k < columns(); ++k) {
            double sum = 0;
            for (int r = 0; r < rows(); ++r) sum += x(r, p) * at(b, r, k);
            ASSERT_TRUE(test::close(at(out, p, k), sum, 5e-6, 1e-6)) << p << ' ' << k;
        }
}

TEST_P(SparseProduct, ABlockLeavesTheOthersAlone) {
    std::vector<float> b = random(rows() * columns(), 2), out(static_cast<std::size_t>(pixels() * columns()), 5.0f);
    sparse_products().multiply_tn({out.data(), pixels(), columns()}, batch, {b.data(), rows(), columns()}, 0);
    for (int p = SparseImages::kBlock; p < pixels(); ++p) ASSERT_EQ(at(out, p, 0), 5);
}

TEST_P(SparseProduct, EveryLevelGivesTheSameBits) {
    std::vector<float> w = random(pixels() * columns(), 1), b = random(rows() * columns(), 2);
    const auto at = [&](SimdLevel level) {
        std::vector<float> product = poison(rows() * columns()), transposed = poison(pixels() * columns());
        const SparseProducts& products = sparse_products_at(level);
        products.multiply({product.data(), rows(), columns()}, batch, {w.data(), pixels(), columns()}, 0);
        for (int block = 0; block < sparse.blocks(); ++block)
            products.multiply_tn({transposed.data(), pixels(), columns()}, batch, {b.data(), rows(), columns()}, block);
        product.insert(product.end(), transposed.begin(), transposed.end());
        return product;
    };
    for (const SimdLevel level : simd_levels()) EXPECT_EQ(at(level), at(SimdLevel::base)) << text(level);
}

}  // namespace
}  // namespace ae::sparse_products_test
