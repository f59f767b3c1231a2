// bias_activation and bias_sigmoid.
#include <limits>

#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

class Bias : public OnDevice, public testing::WithParamInterface<MatrixCase> {
protected:
    MatrixCase c = GetParam();
    std::vector<float> z_ = exact_values(c.size(), 1);
    std::vector<float> bias_ = exact_values(static_cast<std::size_t>(c.cols), 2);

    float sum(std::size_t i) const { return z_[i] + bias_[i % static_cast<std::size_t>(c.cols)]; }
};

TEST_P(Bias, ReluIsExact) {
    const DeviceArray<float> z(z_, c.offset), bias(bias_, c.offset);
    bias_activation(stream_, z.matrix(c.rows, c.cols), bias.vector(), Activation::relu);
    const std::vector<float> found = z.values();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], sum(i) > 0 ? sum(i) : 0.0f) << i;
    EXPECT_EQ(bias.values(), bias_);
}

TEST_P(Bias, LinearIsExact) {
    const DeviceArray<float> z(z_, c.offset), bias(bias_, c.offset);
    bias_activation(stream_, z.matrix(c.rows, c.cols), bias.vector(), Activation::linear);
    const std::vector<float> found = z.values();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], sum(i)) << i;
}

TEST_P(Bias, TanhIsWithinTwoPartsInTenMillion) {
    const DeviceArray<float> z(z_, c.offset), bias(bias_, c.offset);
    bias_activation(stream_, z.matrix(c.rows, c.cols), bias.vector(), Activation::tanh);
    const std::vector<float> found = z.values();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], std::tanh(double(sum(i))), 2e-7) << i;
}

TEST_P(Bias, SigmoidIsWithinThreeUlp) {
    const DeviceArray<float> z(z_, c.offset), bias(bias_, c.offset);
    bias_sigmoid(stream_, z.matrix(c.rows, c.cols), bias.vector());
    const std::vector<float> found = z.values();
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double expected = 1 / (1 + std::exp(-static_cast<double>(sum(i))));
        ASSERT_NEAR(found[i], expected, 3 * 0x1p-24) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Wide, Bias, kWideCases);
INSTANTIATE_TEST_SUITE_P(Tall, Bias, kTallCases);

using BiasOnDevice = OnDevice;

TEST_F(BiasOnDevice, MoreRowsThanTheLargestGridTakes) {
    constexpr int kRows = 1024 * 8 + 3;
    const std::vector<float> values = exact_values(kRows, 3);
    const DeviceArray<float> z(values), bias(std::vector<float>{0.5f});
    bias_activation(stream_, z.matrix(kRows, 1), bias.vector(), Activation::relu);
    const std::vector<float> found = z.values();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], std::max(values[i] + 0.5f, 0.0f)) << i;
}

TEST_F(BiasOnDevice, NanStaysNan) {
    const DeviceArray<float> z(std::vector<float>{std::numeric_limits<float>::quiet_NaN(), -1, 1});
    const DeviceArray<float> bias(std::vector<float>(3));
    bias_activation(stream_, z.matrix(1, 3), bias.vector(), Activation::relu);
    const std::vector<float> found = z.values();
    EXPECT_TRUE(std::isnan(found[0]));
    EXPECT_EQ(found[1], 0.0f);
    EXPECT_EQ(found[2], 1.0f);
}

}  // namespace
}  // namespace ae::test
