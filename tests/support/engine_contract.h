// The promises of include/ae/engine.h that every engine keeps, on a network of two batches and a part of a third an
// epoch. A test program includes this and instantiates the suites with the engines that it can make: EngineContract,
// EngineContractAgainstTruth; EngineContractInFloat, unless they compute in double; and
// EngineContractWithNoiseAgainstTruth, if they train with noise.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/error.h"
#include "compare.h"
#include "engine/device.h"
#include "scores.h"
#include "temporary_folder.h"

namespace ae::test {

struct ContractCase {
    std::string name;
    std::function<std::unique_ptr<Engine>(const Settings&, const EngineOptions&, const Dataset&)> make;
    Settings settings;
    int height, width;
    int rest;               ///< images in the third batch of an epoch
    bool is_on_gpu = true;  ///< or on an emulated one
    double tolerance = 0;   ///< of a loss that is computed in two ways, by a step and by the network

    friend void PrintTo(const ContractCase& c, std::ostream* out) { *out << c.name << ' ' << c.settings.shape.text(); }
};

/// An engine that make_engine() knows.
inline ContractCase contract_case(const std::string& name, const Settings& settings, int height, int width, int rest,
                                  double tolerance) {
    const auto make = [name](const Settings& s, const EngineOptions& options, const Dataset& data) {
        return make_engine(name, s, options, data);
    };
    const bool is_on_gpu = name != "cpu" && name != "truth";
    return {name, make, settings, height, width, rest, is_on_gpu, tolerance};
}

/// The same, trained with mse on numbers that are no bytes.
inline ContractCase with_mse(ContractCase c) {
    c.settings.loss = Loss::mse;
    return c;
}

inline std::string contract_name(const testing::TestParamInfo<ContractCase>& test) {
    return test.param.name + (test.param.settings.loss == Loss::mse ? "_mse" : "");
}

inline void expect_equal_states(const State& a, const State& b) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.parameters, b.parameters);
    EXPECT_EQ(a.m, b.m);
    EXPECT_EQ(a.v, b.v);
    EXPECT_EQ(a.losses, b.losses);
}

inline void expect_equal_results(const EpochResult& a, const EpochResult& b) {
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_EQ(a.validation.bce, b.validation.bce);
    EXPECT_EQ(a.validation.mse, b.validation.mse);
}

class EngineContract : public testing::TestWithParam<ContractCase> {
protected:
    static constexpr std::uint64_t kEpoch = 3;  // steps

    void SetUp() override {
        if (!GetParam().is_on_gpu) return;
        if (const std::string why = why_no_gpu(); !why.empty()) GTEST_SKIP() << why;
    }

    std::unique_ptr<Engine> make(const EngineOptions& options = {}) const {
        return GetParam().make(settings_, options, data_);
    }
    State trained(std::uint64_t steps, const EngineOptions& options = {}) const {
        const auto engine = make(options);
        engine->run(steps);
        return engine->state();
    }
    /// The result of an epoch as run_epochs() should give it.
    static EpochResult run_epoch(Engine& engine, std::uint64_t steps = kEpoch) {
        engine.run(steps);
        return {engine.epoch_loss(), engine.validate()};
    }
    std::vector<float> test_images(int count) const { return data_.test.floats(0, count); }
    int images() const { return 2 * settings_.batch_size + GetParam().rest; }

    Settings settings_ = GetParam().settings;
    bool is_mse_ = settings_.loss == Loss::mse;
    Dataset data_ = is_mse_ ? random_number_dataset(images(), 13, GetParam().height, GetParam().width)
                            : random_dataset(images(), 13, GetParam().height, GetParam().width);
    TemporaryFolder cache_{memory_or_disk()};  // of algorithms: a test does not begin with what another one chose
    Environment cache_home_{"XDG_CACHE_HOME", cache_.path().c_str()};
};

/// What depends on that nothing is lost where a state or a code passes through float: not with the truth, in double.
class EngineContractInFloat : public EngineContract {};

// ---------------------------------------------------------------------------------------------------------------------
// the same bits, however the steps are run

TEST_P(EngineContract, SaysWhatItIs) {
    const auto engine = make();
    EXPECT_EQ(engine->name(), GetParam().name);
    EXPECT_NE(engine->device().find(GetParam().is_on_gpu ? "sm_" : " thread"), std::string::npos) << engine->device();
    EXPECT_EQ(engine->network().device(), engine->device());
}

TEST_P(EngineContract, TwiceGivesTheSameBits) {
    const State state = trained(10);
    EXPECT_EQ(state.step, 10u);
    EXPECT_EQ(static_cast<int>(state.losses.size()), settings_.batch_size);
    for (const float p : state.parameters) ASSERT_TRUE(std::isfinite(p));
    expect_equal_states(trained(10), state);
}

TEST_P(EngineContract, ReplayingGivesTheBitsOfLaunching) {
    expect_equal_states(trained(13), trained(13, {.graph = false}));
}

TEST_P(EngineContract, RunningInPiecesGivesTheSameBits) {
    const auto engine = make();
    for (const std::uint64_t steps : {1, 0, 2, 1, 3, 5, 1}) engine->run(steps);  // batches gathered ahead, and not
    expect_equal_states(engine->state(), trained(13, {.graph = false}));
}

TEST_P(EngineContract, EpochsAtOnceGiveTheBitsAndResultsOfEpochsOneByOne) {
    for (const EngineOptions& options :
         {EngineOptions{}, EngineOptions{.graph = false}, EngineOptions{.epoch_graph = true}}) {
        const auto at_once = make(options), one_by_one = make();
        for (const int epochs : {1, 4, 2}) {
            const std::vector<EpochResult> results = at_once->run_epochs(epochs);
            ASSERT_EQ(static_cast<int>(results.size()), epochs);
            for (const EpochResult& result : results) expect_equal_results(result, run_epoch(*one_by_one));
            EXPECT_EQ(at_once->epoch_loss(), one_by_one->epoch_loss());
            expect_equal_states(at_once->state(), one_by_one->state());
        }
        at_once->run(1);
        EXPECT_THROW((void)at_once->run_epochs(1), std::logic_error);
    }
}

TEST_P(EngineContract, MoreEpochsAtOnceThanAreKeptHaveTheirResults) {
    settings_.batch_size = data_.train.count = 1;
    const auto pixels = static_cast<std::size_t>(settings_.shape.pixels());
    is_mse_ ? data_.train.numbers.resize(pixels) : data_.train.pixels.resize(pixels);
    const auto at_once = make(), one_by_one = make();
    const std::vector<EpochResult> results = at_once->run_epochs(kKeptResults + 2);
    ASSERT_EQ(static_cast<int>(results.size()), kKeptResults + 2);
    for (const EpochResult& result : results) expect_equal_results(result, run_epoch(*one_by_one, 1));
    expect_equal_states(at_once->state(), one_by_one->state());
}

TEST_P(EngineContractInFloat, WholeEpochsAreRecordedAfterAResumeToo) {
    const auto engine = make({.epoch_graph = true});
    engine->set_state(trained(3, {.graph = false}));
    (void)engine->run_epochs(3);  // nothing has run on this engine before, so nothing is warm
    expect_equal_states(engine->state(), trained(12, {.graph = false}));
}

TEST_P(EngineContractInFloat, ResumesAtAnyStepWithTheSameBits) {
    const auto straight = make();
    std::vector<State> states{straight->state()};  // after 0, 1, … 8 steps
    while (states.size() <= 8) {
        straight->run(1);
        states.push_back(straight->state());
    }
    straight->run(1);
    const State end = straight->state();
    const std::vector<float> losses = straight->losses();
    const double epoch_loss = straight->epoch_loss();
    EXPECT_EQ(static_cast<int>(losses.size()), data_.train.count);

    const auto expect_the_same_end = [&](Engine& engine, std::size_t stop) {
        engine.set_state(states[stop]);
        engine.run(8 - stop);
        expect_equal_states(engine.state(), states[8]);
        engine.run(1);
        expect_equal_states(engine.state(), end);
        EXPECT_EQ(engine.losses(), losses);
        EXPECT_EQ(engine.epoch_loss(), epoch_loss) << "an epoch's loss is that of all its steps, before the stop too";
    };
    for (const std::size_t stop : {0u, 3u, 5u, 7u, 8u}) {
        EXPECT_EQ(static_cast<int>(states[stop].losses.size()), static_cast<int>(stop % 3) * settings_.batch_size);
        const auto resumed = make();
        expect_the_same_end(*resumed, stop);
    }
    expect_the_same_end(*straight, 4);  // what is recorded must not remember where it was recorded
}

TEST_P(EngineContract, ValidationLeavesTrainingAlone) {
    const auto engine = make();
    for (int step = 0; step < 10; ++step) {
        engine->run(1);
        (void)engine->validate();
        (void)engine->epoch_loss();
        (void)engine->network().reconstruct(test_images(3));
        (void)engine->network().score(test_images(1));
    }
    expect_equal_states(engine->state(), trained(10));
}

TEST_P(EngineContract, ProfilesStepsWithTheSameBits) {
    const auto engine = make();
    const std::vector<StepVerb> parts = engine->profile(2).verbs;
    expect_equal_states(engine->state(), trained(2));
    double flops = 0;
    for (const StepVerb& part : parts) {
        EXPECT_FALSE(part.verb.empty());
        EXPECT_TRUE(part.seconds >= 0 && part.bytes >= 0) << part.verb;
        flops += part.flops;
    }
    EXPECT_DOUBLE_EQ(flops, settings_.shape.flops_per_image() * settings_.batch_size);
}

TEST_P(EngineContract, RefusesAStateOfAnotherShapeOrStepAndKeepsItsOwn) {
    const auto engine = make();
    engine->run(4);
    const State own = engine->state();
    std::vector<State> others(5, trained(2));
    others[0].parameters.pop_back();
    others[1].m.push_back(0);
    others[2].v.pop_back();
    others[3].losses.pop_back();
    others[4].step = 3;
    for (const State& other : others) EXPECT_THROW(engine->set_state(other), ModelError);
    expect_equal_states(engine->state(), own);
    engine->run(1);
    expect_equal_states(engine->state(), trained(5));
}

// ---------------------------------------------------------------------------------------------------------------------
// losses and scores

TEST_P(EngineContract, EpochLossIsTheMeanOverImages) {
    settings_.adam.learning_rate = 0;  // so that every image is met with the same weights
    const auto engine = make();
    engine->run(kEpoch);
    const Scores scores = engine->network().score(data_.train.floats(0, data_.train.count));
    double sum = 0;
    for (const float bce : scores.bce) sum += bce;
    EXPECT_NEAR(engine->epoch_loss(), sum / data_.train.count, GetParam().tolerance);
    const Order order = Order::of(settings_, data_.train);
    const std::vector<float> losses = engine->losses();
    ASSERT_EQ(losses.size(), order.images);
    for (std::uint32_t i = 0; i < order.images; ++i)
        ASSERT_NEAR(losses[i], scores.bce[order.image(i / order.batch_size, i % order.batch_size)],
                    GetParam().tolerance)
            << i;
}

TEST_P(EngineContract, ValidatesAllTestImages) {
    const auto engine = make();
    engine->run(4);
    const ae::Metrics metrics = engine->validate();
    const Scores scores = engine->network().score(test_images(13));
    double bce = 0, mse = 0;
    for (std::size_t i = 0; i < 13; ++i) bce += scores.bce[i], mse += scores.mse[i];
    EXPECT_NEAR(metrics.bce, bce / 13, GetParam().tolerance);
    EXPECT_NEAR(metrics.mse, mse / 13, GetParam().tolerance);
}

/// What is no number must not get lost on the way from a layer's weights to the loss, nor outlive other weights.
TEST_P(EngineContract, WeightsThatAreNoNumbersMakeTheLossNaN) {
    const auto engine = make();
    const State fresh = engine->state();
    const bool hides_some = GetParam().name == "cublaslt";  // its ReLU may turn NaN into 0; the last layer has none
    const std::vector<Layer>& layers = settings_.shape.layers();
    for (const Layer& layer : std::span(layers).subspan(hides_some ? layers.size() - 1 : 0)) {
        State state = fresh;
        for (std::size_t i = layer.weight; i < layer.bias; ++i)
            state.parameters[i] = std::numeric_limits<float>::quiet_NaN();
        engine->set_state(state);
        engine->run(1);
        EXPECT_TRUE(std::isnan(engine->epoch_loss())) << "layer of " << layer.fan_out;
        for (const float loss : engine->losses()) EXPECT_TRUE(std::isnan(loss)) << "layer of " << layer.fan_out;
        EXPECT_TRUE(std::isnan(engine->validate().bce)) << "layer of " << layer.fan_out;
    }
    engine->set_state(fresh);
    engine->run(4);
    expect_equal_states(engine->state(), trained(4));
}

// ---------------------------------------------------------------------------------------------------------------------
// the network that is trained

TEST_P(EngineContractInFloat, ReconstructsByEncodingAndDecoding) {
    const auto engine = make();
    engine->run(4);
    for (const int count : {0, 1, 13}) {
        const std::vector<float> codes = engine->network().encode(test_images(count)),
                                 images = engine->network().reconstruct(test_images(count));
        EXPECT_EQ(static_cast<int>(codes.size()), count * settings_.shape.code_size());
        EXPECT_EQ(static_cast<int>(images.size()), count * settings_.shape.pixels());
        EXPECT_EQ(engine->network().decode(codes), images);
        for (const float p : images) ASSERT_TRUE(is_mse_ ? std::isfinite(p) : p > 0 && p < 1);
    }
}

TEST_P(EngineContract, ScoresTheReconstruction) {
    const auto engine = make();
    engine->run(4);
    const std::vector<float> images = test_images(13), seen = engine->network().reconstruct(images);
    const Scores scores = engine->network().score(images);
    expect_scores_of(scores, seen, images, settings_.shape.pixels(), settings_.loss);
}

TEST_P(EngineContract, RefusesValuesThatAreNotWholeImages) {
    const auto engine = make();
    const auto pixels = static_cast<std::size_t>(settings_.shape.pixels());
    EXPECT_THROW((void)engine->network().encode(std::vector<float>(pixels - 1)), ModelError);
    EXPECT_THROW((void)engine->network().reconstruct(std::vector<float>(pixels + 1)), ModelError);
    EXPECT_THROW((void)engine->network().score(std::vector<float>(2 * pixels - 1)), ModelError);
    const auto code = static_cast<std::size_t>(settings_.shape.code_size());
    EXPECT_THROW((void)engine->network().decode(std::vector<float>(code + 1)), ModelError);
}

// ---------------------------------------------------------------------------------------------------------------------
// against the truth in double (the truth itself against the CPU)

inline void expect_near(const State& a, const State& b, double tolerance) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_LE(relative_l2(a.parameters, b.parameters), tolerance);
    EXPECT_LE(relative_l2(a.m, b.m), 10 * tolerance);
    EXPECT_LE(relative_l2(a.v, b.v), 10 * tolerance);
    EXPECT_LE(relative_l2(a.losses, b.losses), tolerance);
}

inline void expect_near(const std::vector<float>& a, const std::vector<float>& b, double tolerance) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << i;
}

class EngineContractAgainstTruth : public EngineContract {
protected:
    std::unique_ptr<Engine> make_other() const {
        return make_engine(GetParam().name == "truth" ? "cpu" : "truth", settings_, {}, data_);
    }

    /// runs: steps after which the two are compared.
    void expect_alike(std::initializer_list<std::uint64_t> runs, double tolerance) const {
        const auto engine = make(), other = make_other();
        for (const std::uint64_t steps : runs) {
            engine->run(steps);
            other->run(steps);
            expect_near(engine->state(), other->state(), tolerance);
            EXPECT_TRUE(close(engine->epoch_loss(), other->epoch_loss(), 0, 1e-5)) << engine->epoch_loss();
        }
        const ae::Metrics a = engine->validate(), b = other->validate();
        EXPECT_TRUE(close(a.bce, b.bce, 0, 1e-5)) << a.bce << ", not " << b.bce;
        EXPECT_TRUE(close(a.mse, b.mse, 0, 1e-5)) << a.mse << ", not " << b.mse;
    }
};

TEST_P(EngineContractAgainstTruth, BeginsWithTheSameBits) {
    expect_equal_states(make()->state(), make_other()->state());
}

TEST_P(EngineContractAgainstTruth, TrainsAlikeOverTheEndsOfEpochs) {
    expect_alike({1, 1, 1, 2, 4}, 2e-5);
}

TEST_P(EngineContractAgainstTruth, TrainsAlikeWithOtherActivations) {
    settings_.activation = Activation::tanh;
    settings_.code_activation = Activation::linear;
    settings_.adam.decay = Decay::cosine;
    settings_.adam.decay_steps = 9;
    expect_alike({1, 6}, 2e-5);
    settings_.activation = Activation::linear;
    settings_.code_activation = Activation::tanh;
    expect_alike({4}, 2e-5);
}

TEST_P(EngineContractAgainstTruth, AppliesTheNetworkAlike) {
    const auto engine = make(), other = make_other();
    const State state = trained(6);
    engine->set_state(state);
    other->set_state(state);
    Network &a = engine->network(), &b = other->network();
    for (const int count : {0, 1, 13}) {
        const std::vector<float> images = test_images(count), codes = b.encode(images);
        expect_near(a.encode(images), codes, 1e-5);
        expect_near(a.decode(codes), b.decode(codes), 1e-6);
        expect_near(a.reconstruct(images), b.reconstruct(images), 1e-6);
        expect_near(a.score(images).bce, b.score(images).bce, 1e-5);
        expect_near(a.score(images).mse, b.score(images).mse, 1e-6);
    }
}

class EngineContractWithNoiseAgainstTruth : public EngineContractAgainstTruth {};

TEST_P(EngineContractWithNoiseAgainstTruth, TrainsAndValidatesAlike) {
    settings_.activation = Activation::tanh;
    settings_.code_activation = Activation::linear;
    settings_.noise = {NoiseKind::gaussian, 0, 0.5f};
    settings_.adam.decay = Decay::cosine;
    settings_.adam.decay_steps = 12;
    const auto engine = make(), other = make_other();
    for (const std::uint64_t steps : {1, 4, 5}) {
        engine->run(steps);
        other->run(steps);
        expect_near(engine->state(), other->state(), 1e-5);
        EXPECT_NEAR(engine->validate().bce, other->validate().bce, 1e-5);
    }
    expect_equal_states(trained(10), trained(10, {.graph = false}));
}

}  // namespace ae::test
