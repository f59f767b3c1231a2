// The real thing: MNIST, the network as published, and the losses that it must reach.
#include <filesystem>

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

TEST_F(Mnist, FloatStaysWithTheTruthForAWhile) {
    const auto engine = make_engine("cpu", Settings(), {}, data_),
               truth = make_engine("cpu", Settings(), {.truth = true}, data_);
    engine->run(20), truth->run(20);
    EXPECT_LE(test::relative_l2(engine->state().parameters, truth->state().parameters), 1e-4);
    EXPECT_LE(test::relative_l2(engine->losses(), truth->losses()), 1e-5);
}

}  // namespace
}  // namespace ae
