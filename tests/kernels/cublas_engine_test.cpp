// The engines cublas and cublaslt beyond what every engine promises (tests/support/engine_contract.h): large networks,
// many images, rounded products.
#include "compare.h"
#include "device.h"
#include "temporary_folder.h"

namespace ae::cublas_engine_test {
using namespace test;
namespace {

/// 20 images in batches of 8: the third step of an epoch has 4.
class CublasEngine : public OnDevice, public testing::WithParamInterface<const char*> {
protected:
    Dataset data_ = random_dataset(20, 13, 8, 8);
    Settings settings_{Shape({64, 16, 8, 16, 64}), 8, Adam{}, 42};
    TemporaryFolder cache_;  // of algorithms, so that a test does not begin with what another one chose
    Environment cache_home_{"XDG_CACHE_HOME", cache_.path().c_str()};
    EngineOptions recorded_, tf32_{.math = Precision::tf32}, bf16_{.math = Precision::bf16};

    std::unique_ptr<Engine> make(const std::string& name, const EngineOptions& options = {}) const {
        return make_engine(name, settings_, options, data_);
    }

    /// The state after `steps` steps.
    State trained(const EngineOptions& options, std::uint64_t steps) const {
        const auto engine = make(GetParam(), options);
        engine->run(steps);
        return engine->state();
    }
};

void expect_same_bits(const State& a, const State& b) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.parameters, b.parameters);
    EXPECT_EQ(a.m, b.m);
    EXPECT_EQ(a.v, b.v);
    EXPECT_EQ(a.losses, b.losses);
}

void expect_near(const State& a, const State& b, double tolerance) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_LE(relative_l2(a.parameters, b.parameters), tolerance);
    EXPECT_LE(relative_l2(a.m, b.m), 10 * tolerance);
    EXPECT_LE(relative_l2(a.v, b.v), 10 * tolerance);
    EXPECT_LE(relative_l2(a.losses, b.losses), tolerance);
}

void expect_near(const std::vector<float>& a, const std::vector<float>& b, double tolerance) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << i;
}

TEST_P(CublasEngine, LearnsTheDefaultShape) {
    data_ = random_dataset(6, 3, 28, 28);
    settings_ = {Shape(), 4, Adam{}, 7};
    const auto cublas = make(GetParam(), {.autotune = false}), cpu = make("cpu");
    cublas->run(2);
    cpu->run(2);
    expect_near(cublas->state(), cpu->state(), 2e-5);
    EXPECT_TRUE(close(cublas->validate().bce, cpu->validate().bce, 0, 1e-5));
}

TEST_P(CublasEngine, ScoresMoreImagesThanItTakesAtATime) {
    data_ = random_dataset(4, 2600, 2, 2);
    settings_ = {Shape({4, 3, 4}), 2, Adam{}, 1};
    const auto cublas = make(GetParam()), cpu = make("cpu");
    const std::vector<float> images = data_.test.floats(0, data_.test.count);
    const Scores a = cublas->network().score(images), b = cpu->network().score(images);
    expect_near(a.bce, b.bce, 1e-5);
    expect_near(a.mse, b.mse, 1e-6);
    EXPECT_TRUE(close(cublas->validate().bce, cpu->validate().bce, 0, 1e-6));
}

/// A network of such widths that cuBLAS has kernels which round for all of its products: for smaller ones it may take
/// those that do not.
TEST_P(CublasEngine, RoundedProductsTrainToo) {
    data_ = random_dataset(80, 13, 8, 8);
    settings_ = {Shape({64, 128, 64, 128, 64}), 32, Adam{}, 42};
    recorded_.autotune = tf32_.autotune = bf16_.autotune = false;  // which would take the emulator minutes
    const auto fp32 = make(GetParam(), recorded_);
    fp32->run(4);
    for (const auto& [options, tolerance] : {std::pair(tf32_, 2e-3), std::pair(bf16_, 2e-2)}) {
        const auto rounded = make(GetParam(), options);
        rounded->run(4);
        EXPECT_TRUE(close(rounded->epoch_loss(), fp32->epoch_loss(), 0, tolerance)) << rounded->epoch_loss();
        EXPECT_NE(rounded->state().parameters, fp32->state().parameters) << "nothing was rounded";
        expect_same_bits(rounded->state(), trained(options, 4));
    }
}

INSTANTIATE_TEST_SUITE_P(Both, CublasEngine, testing::Values("cublas", "cublaslt"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace ae::cublas_engine_test
