// Products with epilogues: exact inputs, so every algorithm gives the same. Where cublasLt has none for an epilogue, as
// it may in fp32, there is nothing to compare; the emulator has all.
#include <cstdio>

#include "cublas/lt_products.h"
#include "cublas/products.h"
#include "device.h"

namespace ae::test {
namespace {

/// Widths that are no multiple of a mask's 128 bits, and one that is.
struct LtCase {
    int rows, cols, depth;
};

class Epilogues : public OnDevice, public testing::WithParamInterface<LtCase> {
protected:
    void SetUp() override {
        OnDevice::SetUp();
        if (IsSkipped()) return;
        a_.emplace(va_), b_.emplace(vb_), bias_.emplace(vbias_);
        c_.emplace(test::product(c.rows, c.cols));
        workspace_ = DeviceBuffer<std::byte>(std::size_t(4) << 20);
        mask_ = DeviceBuffer<std::byte>(relu_mask_bytes(c.rows, c.cols));
        lt_.emplace(Precision::fp32, false);
    }

    /// a [rows × depth] · b, b [depth × cols]; and, with the depth as its rows, what a is the transpose of.
    LtProduct product(Epilogue epilogue) {
        return {c_->matrix(c.rows, c.cols),
                false,
                a_->matrix(c.rows, c.depth),
                false,
                b_->matrix(c.depth, c.cols),
                epilogue,
                bias_->vector(),
                nullptr};
    }
    /// No skip, which would say of the whole program that it could not run.
    static void say_nothing_to_compare() {
        std::printf("  cublasLt has no algorithm for this epilogue and shape in fp32\n");
    }
    bool run(const LtProduct& p) { return lt_->run(p, false, stream_, workspace_); }

    float dot(std::size_t row, std::size_t col) const {
        float sum = 0;
        for (std::size_t i = 0; i < depth(); ++i) sum += va_[row * depth() + i] * vb_[i * cols() + col];
        return sum;
    }
    /// f(row, col) of every element.
    template <typename F>
    std::vector<float> expected(F f) const {
        std::vector<float> result;
        for (std::size_t row = 0; row < static_cast<std::size_t>(c.rows); ++row)
            for (std::size_t col = 0; col < cols(); ++col) result.push_back(f(row, col));
        return result;
    }
    std::size_t cols() const { return static_cast<std::size_t>(c.cols); }
    std::size_t depth() const { return static_cast<std::size_t>(c.depth); }

    LtCase c = GetParam();
    std::vector<float> va_ = exact_values(test::product(c.rows, c.depth), 1),
                       vb_ = exact_values(test::product(c.depth, c.cols), 2), vbias_ = exact_values(cols(), 3);
    std::optional<DeviceArray<float>> a_, b_, bias_, c_;  // none where the test is skipped
    DeviceBuffer<std::byte> workspace_, mask_;
    std::optional<CublasLt> lt_;
};

TEST_P(Epilogues, NoneIsTheProduct) {
    ASSERT_TRUE(run(product(Epilogue::none)));
    EXPECT_EQ(c_->values(), expected([&](auto row, auto col) { return dot(row, col); }));
}

TEST_P(Epilogues, BiasAndRelu) {
    const auto z = [&](auto row, auto col) { return dot(row, col) + vbias_[col]; };
    if (run(product(Epilogue::bias))) {
        EXPECT_EQ(c_->values(), expected(z));
    }
    if (run(product(Epilogue::relu_bias))) {
        EXPECT_EQ(c_->values(), expected([&](auto row, auto col) { return relu(z(row, col)); }));
    }
}

TEST_P(Epilogues, TheMaskOfOneProductIsThatOfTheOther) {
    LtProduct forward = product(Epilogue::relu_mask_bias);
    forward.mask = mask_.data();
    if (!run(forward)) return say_nothing_to_compare();
    const std::vector<float> a = c_->values();
    EXPECT_EQ(a, expected([&](auto row, auto col) { return relu(dot(row, col) + vbias_[col]); }));

    LtProduct back = product(Epilogue::relu_grad);
    back.mask = mask_.data();
    if (!run(back)) return say_nothing_to_compare();
    const std::vector<float> da = c_->values(), db = bias_->values();
    EXPECT_EQ(da, expected([&](auto row, auto col) { return relu_grad(dot(row, col), a[row * cols() + col]); }));
    for (std::size_t col = 0; col < cols(); ++col) {
        float sum = 0;
        for (std::size_t row = 0; row < static_cast<std::size_t>(c.rows); ++row) sum += da[row * cols() + col];
        EXPECT_EQ(db[col], sum) << col;
    }
}

TEST_P(Epilogues, BiasGradIsTheColumnSumsOfTheRightFactor) {
    const DeviceArray<float> a(va_);  // read as [depth × rows]
    LtProduct p = product(Epilogue::bias_grad);
    p.transpose_a = true;
    p.a = a.matrix(c.depth, c.rows);
    if (!run(p)) return say_nothing_to_compare();
    const std::vector<float> db = bias_->values();
    for (std::size_t col = 0; col < cols(); ++col) {
        float sum = 0;
        for (std::size_t i = 0; i < depth(); ++i) sum += vb_[i * cols() + col];
        EXPECT_EQ(db[col], sum) << col;
    }
    EXPECT_EQ(c_->values(), expected([&](auto row, auto col) {
                  float sum = 0;
                  for (std::size_t i = 0; i < depth(); ++i)
                      sum += va_[i * static_cast<std::size_t>(c.rows) + row] * vb_[i * cols() + col];
                  return sum;
              }));
}

TEST_P(Epilogues, ShapesThatDoNotFitAreADefect) {
    LtProduct p = product(Epilogue::bias);
    p.bias.size += 1;
    EXPECT_THROW(run(p), std::logic_error);
    p = product(Epilogue::none);
    p.a.cols += 1;
    EXPECT_THROW(run(p), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Epilogues,
                         testing::Values(LtCase{1, 1, 1}, LtCase{8, 64, 16}, LtCase{7, 33, 12}, LtCase{4, 128, 64},
                                         LtCase{5, 200, 3}));

}  // namespace
}  // namespace ae::test
