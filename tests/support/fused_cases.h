// The promises of the engine `fused`, for the network that ships (on a GPU) and for a small one (emulated):
// included by one test each, which chooses the network.
#pragma once
#include <limits>

#include "compare.h"
#include "device.h"

namespace ae::test {

struct FusedInstance {
    Shape shape;
    int height, width;
    int batch_size;  ///< the data are two batches and part of a third
    int rest;
    std::unique_ptr<Engine> (*make)(const Settings&, const EngineOptions&, const Dataset&);

    friend void PrintTo(const FusedInstance& instance, std::ostream* out) { *out << instance.shape.text(); }
};

inline void expect_same_bits(const State& a, const State& b) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.parameters, b.parameters);
    EXPECT_EQ(a.m, b.m);
    EXPECT_EQ(a.v, b.v);
    EXPECT_EQ(a.losses, b.losses);
}

class FusedCases : public OnDevice, public testing::WithParamInterface<FusedInstance> {
protected:
    const FusedInstance& instance_ = GetParam();
    Dataset data_ = random_dataset(2 * instance_.batch_size + instance_.rest, 13, instance_.height, instance_.width);
    Settings settings_{instance_.shape, instance_.batch_size, Adam{}, 42};
    EngineOptions recorded_, direct_{.graph = false};

    std::unique_ptr<Engine> make(const EngineOptions& options = {}) const {
        return instance_.make(settings_, options, data_);
    }
    State trained(const EngineOptions& options, std::uint64_t steps) const {
        const auto engine = make(options);
        engine->run(steps);
        return engine->state();
    }
};

using FusedEngine = FusedCases;

/// Apart, for the race detector, which does not see the locks of the CPU engine's library.
class FusedAgainstCpu : public FusedCases {
protected:
    std::unique_ptr<Engine> make_cpu() const { return make_engine("cpu", settings_, {}, data_); }

    void expect_near_cpu(std::initializer_list<std::uint64_t> runs, double tolerance) {
        const auto fused = make(), cpu = make_cpu();
        for (const std::uint64_t steps : runs) {
            fused->run(steps);
            cpu->run(steps);
            const State a = fused->state(), b = cpu->state();
            EXPECT_EQ(a.step, b.step);
            EXPECT_LE(relative_l2(a.parameters, b.parameters), tolerance);
            EXPECT_LE(relative_l2(a.m, b.m), 10 * tolerance);
            EXPECT_LE(relative_l2(a.v, b.v), 10 * tolerance);
            EXPECT_LE(relative_l2(a.losses, b.losses), tolerance);
            EXPECT_TRUE(close(fused->epoch_loss(), cpu->epoch_loss(), 0, 1e-5));
        }
        EXPECT_TRUE(close(fused->validate().bce, cpu->validate().bce, 0, 1e-5));
    }
};

TEST_P(FusedEngine, SaysWhatItIs) {
    const auto engine = make();
    EXPECT_EQ(engine->name(), "fused");
    EXPECT_NE(engine->device().find("sm_"), std::string::npos) << engine->device();
}

TEST_P(FusedEngine, ReplayingGivesTheBitsOfLaunching) {
    expect_same_bits(trained(recorded_, 13), trained(direct_, 13));
}

TEST_P(FusedEngine, TwiceGivesTheSameBits) {
    expect_same_bits(trained(recorded_, 7), trained(recorded_, 7));
}

TEST_P(FusedEngine, RunningInPiecesGivesTheSameBits) {
    const auto engine = make();
    for (const std::uint64_t steps : {1, 0, 2, 1, 3}) engine->run(steps);
    expect_same_bits(engine->state(), trained(recorded_, 7));
}

TEST_P(FusedEngine, EpochsBehindOneAnotherGiveTheSameBits) {
    const auto at_once = make({.epoch_graph = true}), one_by_one = make();
    const std::vector<EpochResult> results = at_once->run_epochs(4);
    for (const EpochResult& result : results) {
        one_by_one->run(3);
        EXPECT_EQ(result.loss, one_by_one->epoch_loss());
        EXPECT_EQ(result.validation.bce, one_by_one->validate().bce);
    }
    expect_same_bits(at_once->state(), one_by_one->state());
}

TEST_P(FusedEngine, ResumesInTheMiddleOfAnEpochWithTheSameBits) {
    const auto straight = make();
    straight->run(4);
    const State middle = straight->state();
    EXPECT_EQ(static_cast<int>(middle.losses.size()), instance_.batch_size);
    straight->run(5);

    const auto resumed = make();
    resumed->set_state(middle);
    resumed->run(5);
    expect_same_bits(resumed->state(), straight->state());

    straight->set_state(middle);  // what is recorded must not remember where it was recorded
    straight->run(5);
    expect_same_bits(resumed->state(), straight->state());
    EXPECT_EQ(resumed->epoch_loss(), straight->epoch_loss());
}

TEST_P(FusedEngine, ValidationLeavesTrainingAlone) {
    const auto engine = make();
    for (int step = 0; step < 5; ++step) {
        engine->run(1);
        (void)engine->validate();
        (void)engine->network().reconstruct(data_.test.floats(0, 3));
    }
    expect_same_bits(engine->state(), trained(recorded_, 5));
}

TEST_P(FusedEngine, WhatNoHalfCanHoldMakesTheLossNaN) {
    const auto engine = make();
    const State fresh = engine->state();
    for (const Layer& layer : {instance_.shape.layers().front(), instance_.shape.layers().back()}) {
        for (const float weight : {300.0f, -300.0f}) {
            State state = fresh;
            for (std::size_t i = 0; i < product(layer.fan_in, layer.fan_out); ++i)
                state.parameters[layer.weight + i] = weight;
            engine->set_state(state);
            engine->run(1);
            EXPECT_TRUE(std::isnan(engine->epoch_loss())) << "layer of " << layer.fan_out << ", weight " << weight;
        }
    }
}

TEST_P(FusedAgainstCpu, TrainsAlikeOverTheEndsOfEpochs) {
    expect_near_cpu({1, 1, 1, 2, 4}, 2e-5);
}

TEST_P(FusedAgainstCpu, TrainsAlikeWithOtherActivations) {
    settings_.activation = Activation::tanh;
    settings_.code_activation = Activation::linear;
    settings_.adam.decay = Decay::cosine;
    settings_.adam.decay_steps = 9;
    expect_near_cpu({1, 6}, 2e-5);
    settings_.activation = Activation::linear;
    settings_.code_activation = Activation::tanh;
    expect_near_cpu({4}, 2e-5);
}

TEST_P(FusedAgainstCpu, TakesBatchesOfAnySizeUpToItsMost) {
    for (const int batch_size : {1, 3, 16, 17, instance_.batch_size - 1}) {
        settings_.batch_size = batch_size;
        expect_near_cpu({2}, 2e-5);
    }
}

}  // namespace ae::test
