// activation_grad and sum_rows: exact inputs, so their sums are exact whatever the order.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

class ColumnSums : public OnDevice, public testing::WithParamInterface<MatrixCase> {
protected:
    MatrixCase c = GetParam();
    std::size_t cols = static_cast<std::size_t>(c.cols);

    std::vector<float> sums(const std::vector<float>& values) const {
        std::vector<double> sums(cols);
        for (std::size_t i = 0; i < values.size(); ++i) sums[i % cols] += static_cast<double>(values[i]);
        return {sums.begin(), sums.end()};
    }
};

TEST_P(ColumnSums, SumRowsIsExact) {
    const std::vector<float> values = exact_values(c.size(), 1);
    const DeviceArray<float> x(values, c.offset), y(cols, c.offset);
    sum_rows(stream_, y.vector(), x.matrix(c.rows, c.cols));
    EXPECT_EQ(y.values(), sums(values));
    EXPECT_EQ(x.values(), values);
}

TEST_P(ColumnSums, ReluGradMasksAndSums) {
    const std::vector<float> da = exact_values(c.size(), 1);
    std::vector<float> a = exact_values(c.size(), 2), expected = da;
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = std::max(a[i], 0.0f);
        if (a[i] == 0) expected[i] = 0;
    }
    const DeviceArray<float> gradient(da, c.offset), output(a, c.offset), bias_gradient(cols, c.offset);
    activation_grad(stream_, gradient.matrix(c.rows, c.cols), bias_gradient.vector(), output.matrix(c.rows, c.cols),
                    Activation::relu);
    EXPECT_EQ(gradient.values(), expected);
    EXPECT_EQ(bias_gradient.values(), sums(expected));
    EXPECT_EQ(output.values(), a);
}

TEST_P(ColumnSums, LinearGradOnlySums) {
    const std::vector<float> da = exact_values(c.size(), 1), a = exact_values(c.size(), 2);
    const DeviceArray<float> gradient(da, c.offset), output(a, c.offset), bias_gradient(cols, c.offset);
    activation_grad(stream_, gradient.matrix(c.rows, c.cols), bias_gradient.vector(), output.matrix(c.rows, c.cols),
                    Activation::linear);
    EXPECT_EQ(gradient.values(), da);
    EXPECT_EQ(bias_gradient.values(), sums(da));
}

TEST_P(ColumnSums, TanhGradScalesByTheSlope) {
    const std::vector<float> da = exact_values(c.size(), 1);
    std::vector<float> a = exact_values(c.size(), 2), expected = da;
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = std::tanh(a[i]);
        expected[i] = da[i] * (1 - a[i] * a[i]);
    }
    const DeviceArray<float> gradient(da, c.offset), output(a, c.offset), bias_gradient(cols, c.offset);
    activation_grad(stream_, gradient.matrix(c.rows, c.cols), bias_gradient.vector(), output.matrix(c.rows, c.cols),
                    Activation::tanh);
    const std::vector<float> found = gradient.values();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-6 * std::abs(da[i])) << i;
}

INSTANTIATE_TEST_SUITE_P(Shapes, ColumnSums, kTallCases);

}  // namespace
}  // namespace ae::test
