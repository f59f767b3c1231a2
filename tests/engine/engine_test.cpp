// The engine `cpu` beyond what every engine promises (tests/support/engine_contract.h), and how engines are made.
#include "ae/engine.h"

#include <algorithm>

#include "ae/error.h"
#include "compare.h"

namespace ae {
namespace {

using test::random_dataset;
using test::relative_l2;

const Settings kSmall{.shape = Shape({64, 20, 9, 20, 64}), .batch_size = 32, .adam = {}, .seed = 7};

std::unique_ptr<Engine> small_engine(const Settings& settings = kSmall, const EngineOptions& options = {},
                                     const std::string& name = "cpu") {
    return make_engine(name, settings, options, random_dataset(150, 40, 8, 8));  // 150 = 4·32 + 22
}

void expect_same_bits(const State& a, const State& b) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_TRUE(a.parameters == b.parameters && a.m == b.m && a.v == b.v && a.losses == b.losses);
}

std::vector<float> floats(const Images& images) {
    std::vector<float> values(images.pixels.size());
    std::ranges::transform(images.pixels, values.begin(), pixel<float>);
    return values;
}

State trained(std::uint64_t steps, const Settings& settings = kSmall, const EngineOptions& options = {}) {
    const auto engine = small_engine(settings, options);
    engine->run(steps);
    return engine->state();
}

TEST(Engine, GivesTheSameBitsForAnyNumberOfThreads) {
    for (const auto& [shape, batch] : {std::pair(kSmall.shape, 32), std::pair(Shape({64, 300, 70, 64}), 70)}) {
        Settings settings = kSmall;
        settings.shape = shape, settings.batch_size = batch;
        const State one = trained(7, settings, {.threads = 1});
        for (const int threads : {2, 3, 8}) expect_same_bits(trained(7, settings, {.threads = threads}), one);
    }
}

TEST(Engine, ProfilesAStepActByActWithTheSameBits) {
    const auto engine = small_engine();
    const auto [verbs, launches] = engine->profile(4);
    EXPECT_EQ(launches.kernels, 0);
    expect_same_bits(engine->state(), trained(4));
    std::vector<std::string> names;
    double flops = 0;
    for (const StepVerb& v : verbs) {
        names.push_back(v.verb);
        flops += v.flops;
        EXPECT_GE(v.seconds, 0);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"load", "forward", "forward", "forward", "loss", "backward", "update",
                                               "backward", "update", "backward", "update", "update"}));
    EXPECT_DOUBLE_EQ(flops, kSmall.shape.flops_per_image() * kSmall.batch_size);
    EXPECT_EQ(verbs[1].shape, "32×20×64");
}

TEST(Engine, ProfilesTheTruthVerbByVerb) {
    std::vector<std::string> names;
    for (const StepVerb& v : small_engine(kSmall, {}, "truth")->profile(2).verbs) names.push_back(v.verb);
    EXPECT_EQ(names, (std::vector<std::string>{"tick",
                                               "gather",
                                               "matmul",
                                               "bias_activation",
                                               "matmul",
                                               "bias_activation",
                                               "matmul",
                                               "bias_activation",
                                               "matmul",
                                               "bce",
                                               "matmul_nt",
                                               "activation_grad",
                                               "sum_rows",
                                               "matmul_tn",
                                               "adam",
                                               "matmul_nt",
                                               "activation_grad",
                                               "matmul_tn",
                                               "adam",
                                               "matmul_nt",
                                               "activation_grad",
                                               "matmul_tn",
                                               "adam",
                                               "matmul_tn",
                                               "adam"}));
}

TEST(Engine, RoundedProductsTrainToo) {
    const State exact = trained(10);
    double last = 0;
    for (const Precision math : {Precision::tf32, Precision::bf16}) {
        const State rounded = trained(10, kSmall, {.math = math});
        const double apart = relative_l2(rounded.parameters, exact.parameters);
        EXPECT_GT(apart, 2 * last) << "bf16 is coarser";
        EXPECT_LT(apart, 0.02);
        last = apart;
        expect_same_bits(rounded, trained(10, kSmall, {.math = math, .threads = 3}));
    }
    EXPECT_GT(last, 1e-4);
}

TEST(Engine, OtherSeedsGiveOtherWeightsAndOtherBatches) {
    Settings other = kSmall;
    other.seed = 8;
    EXPECT_GT(relative_l2(trained(0).parameters, trained(0, other).parameters), 0.5);
    const auto engine = small_engine(other);
    engine->set_state(trained(0));  // with equal weights, losses tell batches apart
    engine->run(1);
    EXPECT_NE(engine->losses(), trained(1).losses);
}

TEST(Engine, RefusesAStepThatNoTrainingReaches) {
    const auto engine = small_engine();
    State never = engine->state();
    never.step = ~std::uint64_t(0);  // −1 in a file, and a whole number of epochs
    never.losses.clear();
    EXPECT_THROW(engine->set_state(never), ModelError) << "rather than count up to it";
}

TEST(Engine, ValidatesWithNoiseAsTheTruthDoes) {
    Settings settings = kSmall;
    settings.noise = {NoiseKind::mask, 0.5f, 0.5f};
    const auto engine = small_engine(settings), truth = small_engine(settings, {}, "truth");
    for (const auto& e : {engine.get(), truth.get()}) e->run(5);
    EXPECT_NEAR(engine->validate().bce, truth->validate().bce, 1e-6);
    EXPECT_NEAR(engine->validate().mse, truth->validate().mse, 1e-6);
}

TEST(Engine, LearnsOneImageByHeart) {
    Dataset data = random_dataset(1, 1, 8, 8);
    data.test = data.train;
    Settings settings = kSmall;
    settings.batch_size = 1;
    settings.adam.learning_rate = 0.01;
    const auto engine = make_engine("cpu", settings, {}, data);
    const double before = engine->validate().mse;
    engine->run(300);
    EXPECT_LT(engine->validate().mse, before / 100);
}

// --- applying the network --------------------------------------------------------------------------------------------

class Applying : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        for (const auto& engine : {engine_.get(), truth_.get()}) engine->run(5);
    }
    Dataset data_ = random_dataset(150, 700, 8, 8);
    std::unique_ptr<Engine> engine_ = make_engine("cpu", kSmall, {}, data_);
    std::unique_ptr<Engine> truth_ = make_engine("truth", kSmall, {}, data_);
    std::vector<float> images_ = [this] {
        std::vector<float> all = floats(data_.test);
        all.resize(static_cast<std::size_t>(GetParam()) * 64);
        return all;
    }();
};
INSTANTIATE_TEST_SUITE_P(Images, Applying, testing::Values(1, 31, 256, 700));

TEST_P(Applying, AgreesWithTheTruth) {
    EXPECT_LE(relative_l2(engine_->network().encode(images_), truth_->network().encode(images_)), 1e-5);
    EXPECT_LE(relative_l2(engine_->network().reconstruct(images_), truth_->network().reconstruct(images_)), 1e-5);
    EXPECT_LE(relative_l2(engine_->network().score(images_).bce, truth_->network().score(images_).bce), 1e-5);
    EXPECT_LE(relative_l2(engine_->network().score(images_).mse, truth_->network().score(images_).mse), 1e-5);
}

// --- making one ------------------------------------------------------------------------------------------------------

TEST(MakeEngine, RefusesWhatCannotBe) {
    const Dataset data = random_dataset(150, 40, 8, 8);
    Settings wide = kSmall, large = kSmall, none = kSmall;
    wide.shape = Shape({65, 9, 65}), large.batch_size = 151, none.batch_size = 0;
    EXPECT_THROW(make_engine("cpu", wide, {}, data), UsageError);
    EXPECT_THROW(make_engine("cpu", large, {}, data), UsageError);
    EXPECT_THROW(make_engine("cpu", none, {}, data), UsageError);
    EXPECT_THROW(make_engine("tpu", kSmall, {}, data), UsageError);
}

TEST(MakeEngine, SaysOnWhatItRuns) {
    EXPECT_EQ(small_engine()->name(), "cpu");
    EXPECT_TRUE(small_engine(kSmall, {.threads = 1})->device().ends_with(", 1 thread"));
    EXPECT_TRUE(small_engine(kSmall, {.threads = 3})->device().ends_with(", 3 threads"));
    EXPECT_EQ(small_engine(kSmall, {}, "truth")->name(), "truth");
}

}  // namespace
}  // namespace ae
