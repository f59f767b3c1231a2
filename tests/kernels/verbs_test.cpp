// Shapes that do not fit are a bug of the caller, and no verb starts a kernel on them.
#include "verbs/verbs.h"

#include <stdexcept>

#include "device.h"

namespace ae::test {
namespace {

using Verbs = OnDevice;

TEST_F(Verbs, RefuseShapesThatDoNotFit) {
    const DeviceArray<float> memory(64);
    float* p = memory.data();
    const Matrix<float> a{p, 2, 4}, wide{p, 2, 5}, tall{p, 3, 4};
    const Vector<float> four{p, 4}, five{p, 5};
    const Schedule schedule;
    EXPECT_THROW(bias_activation(stream_, a, five, Activation::relu), std::logic_error);
    EXPECT_THROW(bias_sigmoid(stream_, a, five), std::logic_error);
    EXPECT_THROW(bce(stream_, a, p, five, a, 1, schedule), std::logic_error);
    EXPECT_THROW(bce(stream_, a, p, four, wide, 1, schedule), std::logic_error);
    EXPECT_THROW(score(stream_, p, p, a, five, a, Loss::bce), std::logic_error);
    EXPECT_THROW(score(stream_, p, p, a, four, tall, Loss::mse), std::logic_error);
    EXPECT_THROW(activation_grad(stream_, a, five, a, Activation::relu), std::logic_error);
    EXPECT_THROW(activation_grad(stream_, a, four, tall, Activation::relu), std::logic_error);
    EXPECT_THROW(sum_rows(stream_, five, a), std::logic_error);
    EXPECT_THROW(adam(stream_, four, four, four, five, schedule), std::logic_error);
    for (const float value : memory.values()) ASSERT_TRUE(std::isnan(value));
}

}  // namespace
}  // namespace ae::test
