// A step of the network that ships, from weights that have learnt something, and what is true of it in double.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "compare.h"
#include "engine/gpu.h"
#include "engine/model_group.h"

namespace ptx {

/// Settings of a run, its data (a full batch of images, and a part of one), its engines.
class FusedProblem {
public:
    explicit FusedProblem(int batch_size = 256, int rest = 96)
        : data(ae::test::random_dataset(batch_size + rest, 1, 28, 28)) {
        settings.batch_size = batch_size;
    }

    std::unique_ptr<ae::Engine> engine(const std::string& name) const {
        return ae::make_engine(name, settings, {.graph = false, .autotune = false}, data);
    }

    /// Models side by side, which differ in their seeds.
    std::unique_ptr<ae::ModelGroup> group(int models) const {
        std::vector<ae::Settings> all(static_cast<std::size_t>(models), settings);
        for (std::size_t m = 0; m < all.size(); ++m) all[m].seed += m;
        return ae::make_cublas_group(all, {.graph = false}, data);
    }

    /// Before step `step` of an epoch of two, with moments that are zero: after it m is (1 − β1)·gradient.
    ae::State trained(std::uint64_t step) const {
        const auto cpu = engine("cpu");
        cpu->run(20);
        ae::State state = cpu->state();
        state.m.assign(state.m.size(), 0);
        state.v = state.m;
        state.step = step;
        state.losses.resize(step % 2 * static_cast<std::size_t>(settings.batch_size));
        return state;
    }

    ae::State after(const std::string& name, const ae::State& state, std::uint64_t steps = 1) const {
        const auto made = engine(name);
        made->set_state(state);
        made->run(steps);
        return made->state();
    }

    ae::Settings settings{ae::Shape(), 256, ae::Adam{}, 42};
    ae::Dataset data;
};

/// A tensor of the flat array of parameters.
struct Tensor {
    std::string name;
    std::size_t first, end;

    template <typename T>
    std::vector<T> of(const std::vector<T>& all) const {
        return {all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(end)};
    }
};

inline std::vector<Tensor> tensors(const ae::Shape& shape) {
    std::vector<Tensor> all;
    for (const ae::Layer& layer : shape.layers()) {
        const std::string n = std::to_string(all.size() / 2 + 1);
        all.push_back({"W" + n, layer.weight, layer.bias});
        all.push_back({"b" + n, layer.bias, layer.bias + static_cast<std::size_t>(layer.fan_out)});
    }
    return all;
}

}  // namespace ptx
