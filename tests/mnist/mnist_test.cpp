// The real thing: MNIST, the network as published, and the losses that it must reach.
#include <algorithm>

#include "ae/engine.h"
#include "ae/error.h"
#include "compare.h"

namespace ae {
namespace {

/// Loads MNIST without the network; skips the test where it is not here.
class Mnist : public testing::Test {
protected:
    void SetUp() override {
        DatasetOptions options;
        options.download = false;
        try {
            data_ = load_dataset(options);
        } catch (const DataError& error) {
            GTEST_SKIP() << error.what();
        }
    }
    Dataset data_;
};

TEST_F(Mnist, TheCpuEngineReachesTheKnownLosses) {
    const auto engine = make_engine("cpu", Settings(), {}, data_);
    engine->run(235);
    EXPECT_NEAR(engine->validate().bce, 0.1385, 0.0025);
    engine->run(9 * 235);
    const Metrics metrics = engine->validate();
    EXPECT_NEAR(metrics.bce, 0.0829, 0.0009);
    EXPECT_NEAR(metrics.mse, 0.0070, 0.0005);
    EXPECT_NEAR(engine->epoch_loss(), 0.0838, 0.0010);
    EXPECT_EQ(engine->state().step, 2350u);
}

/// Both engines take each step from the same state. Now and then the sum before a ReLU lies within rounding of zero:
/// the engines then disagree on whether the unit is on, and the gradient of one image really differs.
TEST_F(Mnist, EveryStepIsThatOfTheTruth) {
    constexpr int kSteps = 30, kKinks = 2;
    const auto engine = make_engine("cpu", Settings(), {}, data_);
    const auto truth = make_engine("truth", Settings(), {}, data_);
    int apart = 0;
    for (int step = 0; step < kSteps; ++step) {
        State before = truth->state();
        std::ranges::fill(before.m, 0.0f);  // so that m afterwards is a tenth of the gradient
        for (Engine* e : {engine.get(), truth.get()}) {
            e->set_state(before);
            e->run(1);
        }
        const double difference = test::relative_l2(engine->state().m, truth->state().m);
        EXPECT_LE(difference, 0.05) << step;
        apart += !(difference <= 2e-6);
    }
    EXPECT_LE(apart, kKinks);
}

}  // namespace
}  // namespace ae
