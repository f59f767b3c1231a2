// matmul, matmul_tn and matmul_nt: exact inputs, so every order of summation gives the same product.
#include "cublas/products.h"
#include "device.h"

namespace ae::test {
namespace {

struct ProductCase {
    int rows, cols, depth;
};

class Products : public OnDevice, public testing::WithParamInterface<ProductCase> {
protected:
    using Verb = void (Cublas::*)(Matrix<float>, Matrix<float>, Matrix<float>);

    static constexpr auto kPlain = [](std::size_t row, std::size_t col, std::size_t, std::size_t cols) {
        return row * cols + col;
    };
    static constexpr auto kTransposed = [](std::size_t row, std::size_t col, std::size_t rows, std::size_t) {
        return col * rows + row;
    };

    ProductCase c = GetParam();
    std::vector<float> a_ = exact_values(product(c.rows, c.depth), 1);
    std::vector<float> b_ = exact_values(product(c.depth, c.cols), 2);

    /// The product where element (i, k) of the left factor lies at a_[place_a] and (k, j) of the right at b_[place_b].
    template <typename PlaceA, typename PlaceB>
    std::vector<float> expected(PlaceA place_a, PlaceB place_b) const {
        const auto rows = static_cast<std::size_t>(c.rows), cols = static_cast<std::size_t>(c.cols),
                   depth = static_cast<std::size_t>(c.depth);
        std::vector<float> result;
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < cols; ++j) {
                double sum = 0;
                for (std::size_t k = 0; k < depth; ++k)
                    sum += static_cast<double>(a_[place_a(i, k, rows, depth)]) * b_[place_b(k, j, depth, cols)];
                result.push_back(static_cast<float>(sum));
            }
        return result;
    }

    std::vector<float> found(Cublas& cublas, Verb verb, bool a_transposed, bool b_transposed) const {
        const DeviceArray<float> a(a_), b(b_), result(product(c.rows, c.cols));
        (cublas.*verb)(result.matrix(c.rows, c.cols),
                       a_transposed ? a.matrix(c.depth, c.rows) : a.matrix(c.rows, c.depth),
                       b_transposed ? b.matrix(c.cols, c.depth) : b.matrix(c.depth, c.cols));
        return result.values();
    }
};

TEST_P(Products, AreExact) {
    for (const Precision math : {Precision::fp32, Precision::tf32}) {  // these factors fit TF32's 10 bits
        Cublas cublas(stream_, math);
        EXPECT_EQ(found(cublas, &Cublas::matmul, false, false), expected(kPlain, kPlain));
        EXPECT_EQ(found(cublas, &Cublas::matmul_tn, true, false), expected(kTransposed, kPlain));
        EXPECT_EQ(found(cublas, &Cublas::matmul_nt, false, true), expected(kPlain, kTransposed));
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Products,
                         testing::Values(ProductCase{1, 1, 1}, ProductCase{1, 31, 32}, ProductCase{33, 1, 7},
                                         ProductCase{8, 16, 64}, ProductCase{64, 8, 16}, ProductCase{5, 7, 784},
                                         ProductCase{96, 33, 31}));

using ProductsOnDevice = OnDevice;

TEST_F(ProductsOnDevice, Fp32IsNotTf32) {
    constexpr float kFine = 1 + 0x1p-14f;  // lost where factors are rounded to TF32
    Cublas cublas(stream_, Precision::fp32);
    const DeviceArray<float> a(std::vector<float>(64 * 64, kFine)), b(std::vector<float>(64 * 64, 1.0f)), c(64 * 64);
    cublas.matmul(c.matrix(64, 64), a.matrix(64, 64), b.matrix(64, 64));
    for (const float value : c.values()) ASSERT_EQ(value, 64 * kFine);
}

TEST_F(ProductsOnDevice, ShapesThatDoNotFitAreADefect) {
    Cublas cublas(stream_, Precision::fp32);
    const DeviceArray<float> a(6), b(12), c(8);
    EXPECT_THROW(cublas.matmul(c.matrix(2, 4), a.matrix(2, 3), b.matrix(4, 3)), std::logic_error);
    EXPECT_THROW(cublas.matmul_tn(c.matrix(2, 4), a.matrix(2, 3), b.matrix(3, 4)), std::logic_error);
    EXPECT_THROW(cublas.matmul_nt(c.matrix(2, 4), a.matrix(2, 3), b.matrix(3, 4)), std::logic_error);
}

}  // namespace
}  // namespace ae::test
