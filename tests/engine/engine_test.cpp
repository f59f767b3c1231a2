// The promises of every engine, on the CPU engine.
#include "ae/engine.h"

#include <algorithm>
#include <numeric>

#include "ae/error.h"
#include "ae/model.h"
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

TEST(Engine, TrainsTwiceToTheSameBits) {
    const State state = trained(13);
    EXPECT_EQ(state.step, 13u);
    EXPECT_EQ(state.losses.size(), 3u * 32);
    for (const float p : state.parameters) ASSERT_TRUE(std::isfinite(p));
    expect_same_bits(state, trained(13));
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
    const std::vector<StepVerb> verbs = engine->profile(4);
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
    for (const StepVerb& v : small_engine(kSmall, {}, "truth")->profile(2)) names.push_back(v.verb);
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

TEST(Engine, EpochsAtOnceHaveTheResultsOfEpochsOneByOne) {
    Settings settings{.shape = Shape({64, 3, 64}), .batch_size = 32, .adam = {}, .seed = 7};
    const auto at_once = small_engine(settings), one_by_one = small_engine(settings);
    const std::vector<EpochResult> results = at_once->run_epochs(70);  // more than are kept at a time
    ASSERT_EQ(results.size(), 70u);
    for (const EpochResult& result : results) {
        one_by_one->run(5);
        EXPECT_EQ(result.loss, one_by_one->epoch_loss());
        EXPECT_EQ(result.validation.bce, one_by_one->validate().bce);
        EXPECT_EQ(result.validation.mse, one_by_one->validate().mse);
    }
    expect_same_bits(at_once->state(), one_by_one->state());
    at_once->run(1);
    EXPECT_THROW((void)at_once->run_epochs(1), std::logic_error);
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

TEST(Engine, ResumesAtAnyStepWithTheSameBits) {
    const State straight = trained(12);
    for (const std::uint64_t stop : {0u, 3u, 4u, 5u, 10u, 12u}) {
        const auto engine = small_engine();
        engine->set_state(trained(stop));
        engine->run(12 - stop);
        expect_same_bits(engine->state(), straight);
    }
}

TEST(Engine, ResumedEpochHasTheWholeEpochsLoss) {
    const auto straight = small_engine(), resumed = small_engine();
    straight->run(5);
    resumed->set_state(trained(3));
    resumed->run(2);
    EXPECT_EQ(resumed->epoch_loss(), straight->epoch_loss());
    EXPECT_EQ(resumed->losses(), straight->losses());
    EXPECT_EQ(straight->losses().size(), 150u);
}

TEST(Engine, RefusesAStateOfAnotherShapeOrStep) {
    const auto engine = small_engine();
    State shorter = trained(3), later = trained(3);
    shorter.parameters.pop_back();
    later.step = 4;
    EXPECT_THROW(engine->set_state(shorter), ModelError);
    EXPECT_THROW(engine->set_state(later), ModelError);
    State never = engine->state();
    never.step = ~std::uint64_t(0);  // −1 in a file, and a whole number of epochs
    never.losses.clear();
    EXPECT_THROW(engine->set_state(never), ModelError) << "rather than count up to it";
}

TEST(Engine, EpochLossIsTheMeanOverImages) {
    Settings still = kSmall;
    still.adam.learning_rate = 0;  // so that every image is met with the same weights
    const Dataset data = random_dataset(150, 40, 8, 8);
    const auto engine = make_engine("cpu", still, {}, data);
    engine->run(5);
    const Scores scores = engine->network().score(floats(data.train));
    EXPECT_NEAR(engine->epoch_loss(), std::accumulate(scores.bce.begin(), scores.bce.end(), 0.0) / 150, 1e-6);
    const Order order{still.seed, 150, 32};
    const std::vector<float> losses = engine->losses();
    for (std::uint32_t i = 0; i < 150; ++i) EXPECT_NEAR(losses[i], scores.bce[order.image(i / 32, i % 32)], 1e-6);
}

TEST(Engine, ValidatesAllTestImages) {
    const Dataset data = random_dataset(150, 40, 8, 8);
    const auto engine = make_engine("cpu", kSmall, {}, data);
    engine->run(3);
    const Metrics metrics = engine->validate();
    const Scores scores = engine->network().score(floats(data.test));
    EXPECT_NEAR(metrics.bce, std::accumulate(scores.bce.begin(), scores.bce.end(), 0.0) / 40, 1e-6);
    EXPECT_NEAR(metrics.mse, std::accumulate(scores.mse.begin(), scores.mse.end(), 0.0) / 40, 1e-6);
}

TEST(Engine, ValidatesWithNoiseAsTheTruthDoes) {
    Settings settings = kSmall;
    settings.noise = {NoiseKind::mask, 0.5f, 0.5f};
    const auto engine = small_engine(settings), truth = small_engine(settings, {}, "truth");
    for (const auto& e : {engine.get(), truth.get()}) e->run(5);
    EXPECT_NEAR(engine->validate().bce, truth->validate().bce, 1e-6);
    EXPECT_NEAR(engine->validate().mse, truth->validate().mse, 1e-6);
}

TEST(Engine, ValidationDoesNotDisturbTraining) {
    const auto engine = small_engine();
    for (int i = 0; i < 6; ++i) {
        engine->run(1);
        engine->validate();
        engine->network().score(std::vector<float>(64, 0.5f));
    }
    expect_same_bits(engine->state(), trained(6));
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

TEST_P(Applying, ReconstructsByEncodingAndDecoding) {
    const std::vector<float> codes = engine_->network().encode(images_),
                             images = engine_->network().reconstruct(images_);
    EXPECT_EQ(codes.size(), images_.size() / 64 * 9);
    EXPECT_EQ(engine_->network().decode(codes), images);
    for (const float p : images) ASSERT_TRUE(p > 0 && p < 1);
}

TEST_P(Applying, ScoresTheReconstruction) {
    const std::vector<float> images = engine_->network().reconstruct(images_);
    const Scores scores = engine_->network().score(images_);
    ASSERT_EQ(scores.bce.size(), images_.size() / 64);
    for (std::size_t i = 0; i < scores.bce.size(); ++i) {
        double bce = 0, mse = 0;
        for (std::size_t p = i * 64; p < (i + 1) * 64; ++p) {
            const double x = images_[p], y = images[p];
            bce -= x * std::log(y) + (1 - x) * std::log1p(-y);
            mse += (x - y) * (x - y);
        }
        ASSERT_TRUE(test::close(scores.bce[i], bce / 64, 1e-6, 1e-5));
        ASSERT_TRUE(test::close(scores.mse[i], mse / 64, 1e-7, 1e-5));
    }
}

TEST(Engine, RefusesValuesThatAreNotWholeImages) {
    EXPECT_THROW(small_engine()->network().encode(std::vector<float>(63)), ModelError);
    EXPECT_THROW(small_engine()->network().decode(std::vector<float>(10)), ModelError);
    EXPECT_TRUE(small_engine()->network().encode({}).empty());
}

TEST(Engine, AppliesANetworkWithoutAnyTrainingImages) {
    const auto network =
        make_network("cpu", {.settings = kSmall, .parameters = trained(5).parameters, .metadata = {}}, {});
    const auto full = small_engine();
    full->set_state(trained(5));
    const std::vector<float> image = floats(random_dataset(0, 1, 8, 8).test);
    EXPECT_EQ(network->reconstruct(image), full->network().reconstruct(image));
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
