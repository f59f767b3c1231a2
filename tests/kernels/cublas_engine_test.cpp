// The engines cublas and cublaslt against the engine cpu, and against themselves: recorded or not, twice, stopped and
// resumed.
#include "compare.h"
#include "device.h"
#include "temporary_folder.h"

namespace ae::test {
namespace {

/// 20 images in batches of 8: the third step of an epoch has 4.
class CublasEngine : public OnDevice, public testing::WithParamInterface<const char*> {
protected:
    Dataset data_ = random_dataset(20, 13, 8, 8);
    Settings settings_{Shape({64, 16, 8, 16, 64}), 8, Adam{}, 42};
    TemporaryFolder cache_;  // of algorithms, so that a test does not begin with what another one chose
    Environment cache_home_{"XDG_CACHE_HOME", cache_.path().c_str()};
    EngineOptions recorded_, direct_{.graph = false}, tf32_{.math = Precision::tf32}, bf16_{.math = Precision::bf16};

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

TEST_P(CublasEngine, SaysWhatItIs) {
    const auto engine = make(GetParam());
    EXPECT_EQ(engine->name(), GetParam());
    EXPECT_NE(engine->device().find("sm_"), std::string::npos) << engine->device();
}

TEST_P(CublasEngine, BeginsWithTheBitsOfTheCpu) {
    expect_same_bits(make(GetParam())->state(), make("cpu")->state());
}

TEST_P(CublasEngine, TrainsAsTheCpuDoes) {
    const auto cublas = make(GetParam()), cpu = make("cpu");
    for (const std::uint64_t steps : {1, 1, 1, 2, 4}) {  // to the middle of epochs and to their ends
        cublas->run(steps);
        cpu->run(steps);
        expect_near(cublas->state(), cpu->state(), 2e-5);
        EXPECT_TRUE(close(cublas->epoch_loss(), cpu->epoch_loss(), 0, 1e-5));
    }
    const ae::Metrics a = cublas->validate(), b = cpu->validate();
    EXPECT_TRUE(close(a.bce, b.bce, 0, 1e-5)) << a.bce << " " << b.bce;
    EXPECT_TRUE(close(a.mse, b.mse, 0, 1e-5)) << a.mse << " " << b.mse;
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

TEST_P(CublasEngine, ReplayingGivesTheBitsOfLaunching) {
    expect_same_bits(trained(recorded_, 10), trained(direct_, 10));
}

TEST_P(CublasEngine, RunningInPiecesGivesTheSameBits) {
    const auto engine = make(GetParam());
    for (const std::uint64_t steps : {1, 0, 2, 1, 3, 5, 1}) engine->run(steps);  // batches gathered ahead, and not
    expect_same_bits(engine->state(), trained(direct_, 13));
}

/// As run_epochs() should give them.
std::vector<EpochResult> one_by_one(Engine& engine, int epochs, std::uint64_t steps) {
    std::vector<EpochResult> results;
    for (int i = 0; i < epochs; ++i) {
        engine.run(steps);
        results.push_back({engine.epoch_loss(), engine.validate()});
    }
    return results;
}

TEST_P(CublasEngine, EpochsBehindOneAnotherGiveTheSameBitsAndMeans) {
    for (const EngineOptions& options : {recorded_, direct_, EngineOptions{.epoch_graph = true}}) {
        const auto engine = make(GetParam(), options), slow = make(GetParam());
        for (const int epochs : {1, 4, 2}) {
            const std::vector<EpochResult> found = engine->run_epochs(epochs), expected = one_by_one(*slow, epochs, 3);
            ASSERT_EQ(found.size(), expected.size());
            for (std::size_t i = 0; i < found.size(); ++i) {
                EXPECT_EQ(found[i].loss, expected[i].loss) << i;
                EXPECT_EQ(found[i].validation.bce, expected[i].validation.bce) << i;
                EXPECT_EQ(found[i].validation.mse, expected[i].validation.mse) << i;
            }
            EXPECT_EQ(engine->epoch_loss(), slow->epoch_loss());
            expect_same_bits(engine->state(), slow->state());
        }
        engine->run(1);
        EXPECT_THROW((void)engine->run_epochs(1), std::logic_error);
    }
}

TEST_P(CublasEngine, WholeEpochsAreRecordedAfterAResumeToo) {
    const auto engine = make(GetParam(), {.epoch_graph = true});
    engine->set_state(trained(direct_, 3));
    (void)engine->run_epochs(3);  // nothing has run on this engine before, so nothing is warm
    expect_same_bits(engine->state(), trained(direct_, 12));
}

TEST_P(CublasEngine, TwiceGivesTheSameBits) {
    expect_same_bits(trained(recorded_, 10), trained(recorded_, 10));
}

TEST_P(CublasEngine, ResumesInTheMiddleOfAnEpochWithTheSameBits) {
    const auto straight = make(GetParam());
    straight->run(7);
    const State middle = straight->state();
    EXPECT_EQ(middle.losses.size(), 8u);  // two epochs of three steps, and one step
    straight->run(6);

    const auto resumed = make(GetParam());
    resumed->set_state(middle);
    resumed->run(6);
    expect_same_bits(resumed->state(), straight->state());

    straight->set_state(middle);  // what is recorded must not remember where it was recorded
    straight->run(6);
    expect_same_bits(resumed->state(), straight->state());
    EXPECT_EQ(resumed->epoch_loss(), straight->epoch_loss());
}

TEST_P(CublasEngine, ValidationLeavesTrainingAlone) {
    const auto engine = make(GetParam());
    for (int step = 0; step < 10; ++step) {
        engine->run(1);
        (void)engine->validate();
        (void)engine->epoch_loss();
    }
    expect_same_bits(engine->state(), trained(recorded_, 10));
}

TEST_P(CublasEngine, AppliesTheNetworkAsTheCpuDoes) {
    const auto cublas = make(GetParam()), cpu = make("cpu");
    const State state = trained(recorded_, 6);
    cublas->set_state(state);
    cpu->set_state(state);
    for (const int count : {0, 1, 13}) {
        const std::vector<float> images = data_.test.floats(0, count);
        const std::vector<float> codes = cpu->network().encode(images);
        expect_near(cublas->network().encode(images), codes, 1e-5);
        expect_near(cublas->network().decode(codes), cpu->network().decode(codes), 1e-6);
        expect_near(cublas->network().reconstruct(images), cpu->network().reconstruct(images), 1e-6);
        const Scores a = cublas->network().score(images), b = cpu->network().score(images);
        expect_near(a.bce, b.bce, 1e-5);
        expect_near(a.mse, b.mse, 1e-6);
    }
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

TEST_P(CublasEngine, TrainsAsTheCpuDoesWithNoiseAndOtherActivations) {
    settings_.activation = Activation::tanh;
    settings_.code_activation = Activation::linear;
    settings_.noise = {NoiseKind::gaussian, 0, 0.5f};
    settings_.adam.decay = Decay::cosine;
    settings_.adam.decay_steps = 12;
    const auto cublas = make(GetParam()), cpu = make("cpu");
    for (const std::uint64_t steps : {1, 4, 5}) {
        cublas->run(steps);
        cpu->run(steps);
        expect_near(cublas->state(), cpu->state(), 1e-5);
        EXPECT_NEAR(cublas->validate().bce, cpu->validate().bce, 1e-5);
    }
    expect_same_bits(trained(recorded_, 10), trained(direct_, 10));
}

INSTANTIATE_TEST_SUITE_P(Both, CublasEngine, testing::Values("cublas", "cublaslt"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace ae::test
