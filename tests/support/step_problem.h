// A training step laid open: its tensors between the verbs, which an engine keeps to itself.
#pragma once
#include <algorithm>
#include <type_traits>
#include <vector>

#include "compare.h"
#include "engine/cpu_tiled_step.h"
#include "engine/step_memory.h"

namespace ae::test {

/// In float as the CPU engine runs it, in double as the truth does.
template <typename T>
class StepProblem {
    using StepBackend = std::conditional_t<std::is_same_v<T, float>, CpuLayerBackend, CpuBackend<T>>;

public:
    StepProblem(const Settings& settings, const Dataset& data)
        : settings_(settings),
          order_{settings.seed, static_cast<std::uint32_t>(data.train.count),
                 static_cast<std::uint32_t>(settings.batch_size)},
          backend_(settings, data, settings.batch_size, EngineOptions{.threads = 2}),
          memory_(backend_, settings, settings.batch_size) {
        for (const Layer& layer : settings.shape.layers())
            backend_.initialize({memory_.parameters().data + layer.weight, layer.fan_in * layer.fan_out}, layer.fan_in,
                                layer.fan_out, layer.weight);
    }

    const Shape& shape() const { return settings_.shape; }
    std::span<T> parameters() { return {memory_.parameters().data, shape().parameters()}; }
    std::span<T> gradients() { return {memory_.gradients().data, shape().parameters()}; }

    /// The tensors of the step that was trained last, or of the first.
    const StepTensors<T>& tensors() {
        return memory_.tensors({static_cast<int>(order_.rows(step_ == 0 ? 0 : step_ - 1))});
    }

    void train(int steps = 1) {
        for (; steps > 0; --steps) {
            ++step_;
            train_step(backend_, tensors());
        }
    }

    /// Mean loss of the last batch with the parameters as they are, by the formula itself.
    T loss() {
        const StepTensors<T>& t = tensors();
        forward(backend_, t);
        const Matrix<T>& z = t.layers.back().output;
        T sum = 0;
        for (int r = 0; r < z.rows; ++r)
            for (int c = 0; c < z.cols; ++c)
                sum += bce(z.row(r)[c] + t.layers.back().bias.data[c], t.target.row(r)[c]).loss;
        return sum / static_cast<T>(z.size());
    }

    /// Which hidden units were on.
    std::vector<bool> active() {
        std::vector<bool> on;
        for (std::size_t l = 0; l + 1 < tensors().layers.size(); ++l) {
            const Matrix<T>& a = tensors().layers[l].output;
            std::transform(a.data, a.data + a.size(), std::back_inserter(on), [](T value) { return value > T(0); });
        }
        return on;
    }

    double mean_loss(std::uint32_t images) { return backend_.mean_loss(images); }

private:
    Settings settings_;
    Order order_;
    StepBackend backend_;
    StepMemory<StepBackend> memory_;
    std::uint64_t step_ = 0;
};

}  // namespace ae::test
