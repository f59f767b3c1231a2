// The promises of the engine `fused` beyond those of every engine (engine_contract.h), for the network that ships (on a
// GPU) and for a small one (emulated): included by one test each, which says what to make.
#pragma once
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

class FusedCases : public OnDevice, public testing::WithParamInterface<FusedInstance> {
protected:
    const FusedInstance& instance_ = GetParam();
    Dataset data_ = random_dataset(2 * instance_.batch_size + instance_.rest, 13, instance_.height, instance_.width);
    Settings settings_{instance_.shape, instance_.batch_size, Adam{}, 42};

    std::unique_ptr<Engine> make() const { return instance_.make(settings_, {}, data_); }
};

using FusedEngine = FusedCases;

/// Apart, for the race detector, which does not see the locks of the CPU engine's library.
class FusedAgainstCpu : public FusedCases {
protected:
    std::unique_ptr<Engine> make_cpu() const { return make_engine("cpu", settings_, {}, data_); }

    void expect_near_cpu(std::uint64_t steps, double tolerance) {
        const auto fused = make(), cpu = make_cpu();
        fused->run(steps);
        cpu->run(steps);
        const State a = fused->state(), b = cpu->state();
        EXPECT_EQ(a.step, b.step);
        EXPECT_LE(relative_l2(a.parameters, b.parameters), tolerance);
        EXPECT_LE(relative_l2(a.m, b.m), 10 * tolerance);
        EXPECT_LE(relative_l2(a.v, b.v), 10 * tolerance);
        EXPECT_LE(relative_l2(a.losses, b.losses), tolerance);
        EXPECT_TRUE(close(fused->epoch_loss(), cpu->epoch_loss(), 0, 1e-5));
        EXPECT_TRUE(close(fused->validate().bce, cpu->validate().bce, 0, 1e-5));
    }
};

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

TEST_P(FusedAgainstCpu, TakesBatchesOfAnySizeUpToItsMost) {
    for (const int batch_size : {1, 3, 16, 17, instance_.batch_size - 1}) {
        settings_.batch_size = batch_size;
        expect_near_cpu(2, 2e-5);
    }
}

}  // namespace ae::test
