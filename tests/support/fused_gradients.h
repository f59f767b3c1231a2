// Every gradient of one step of the engine `fused`, for the network that ships, against the double-precision truth.
//
// An engine keeps its gradients to itself, but after a first step m is (1 − β1)·g. Included by the test that runs on a
// GPU, whatever it is, and by the one that emulates a GPU of sm_75.
#pragma once
#include <cstdio>

#include "compare.h"
#include "device.h"

namespace ae::test {

constexpr double kMostError = 3e-6;       // of a tensor, relative, Frobenius
constexpr double kMostTimesCublas = 2.5;  // over the error of cuBLAS: sums cut off in tensor cores have 3 to 5.6

class FusedGradientsAgainstCpu : public OnDevice {
protected:
    Dataset data_ = random_dataset(352, 1, 28, 28);  // a full batch and one of 96
    Settings settings_{Shape(), 256, Adam{}, 42};

    /// m after a step from `state`, whose moments are zero.
    std::vector<float> gradient(const std::string& engine, const EngineOptions& options, const State& state) const {
        const auto made = make_engine(engine, settings_, options, data_);
        made->set_state(state);
        made->run(1);
        return made->state().m;
    }

    /// Weights that have learnt something, so that gradients are neither symmetric nor large.
    State somewhat_trained(std::uint64_t next_step) const {
        const auto cpu = make_engine("cpu", settings_, {}, data_);
        cpu->run(20);
        State state = cpu->state();
        state.m.assign(state.m.size(), 0);
        state.v = state.m;
        state.step = next_step;
        state.losses.resize(next_step % 2 * 256);
        return state;
    }

    void expect_right(const State& state) const {
        const auto truth = gradient("truth", {}, state), fused = gradient("fused", {.graph = false}, state),
                   cublas = gradient("cublas", {.graph = false}, state);
        std::printf("  %-22s %9s %9s\n", "relative error of", "fused", "cublas");
        for (const Layer& layer : settings_.shape.layers()) {
            const std::string name = std::to_string(layer.fan_in) + "-" + std::to_string(layer.fan_out);
            expect_tensor("dW " + name, layer.weight, layer.bias, truth, fused, cublas);
            expect_tensor("db " + name, layer.bias, layer.bias + layer.fan_out, truth, fused, cublas);
        }
    }

private:
    static void expect_tensor(const std::string& name, std::size_t first, std::size_t end,
                              const std::vector<float>& truth, const std::vector<float>& fused,
                              const std::vector<float>& cublas) {
        const auto part = [&](const std::vector<float>& all) { return std::span(all).subspan(first, end - first); };
        const double error = relative_l2(part(fused), part(truth)), of_cublas = relative_l2(part(cublas), part(truth));
        std::printf("  %-22s %9.1e %9.1e\n", name.c_str(), error, of_cublas);
        EXPECT_LE(error, kMostError) << name;
        EXPECT_LE(error, kMostTimesCublas * of_cublas) << name;
    }
};

}  // namespace ae::test
