// A training step laid open: its tensors between the acts, which an engine keeps to itself.
#pragma once
#include <algorithm>
#include <type_traits>
#include <vector>

#include "compare.h"
#include "engine/cpu_tiled_step.h"
#include "engine/step_on_device.h"

namespace ae::test {

/// In float as the CPU engine runs it, in double as the truth does.
template <typename T>
class StepProblem {
    using S = std::conditional_t<std::is_same_v<T, float>, CpuTiledStep, VerbStep<CpuVerbs<T>>>;

public:
    StepProblem(const Settings& settings, const Dataset& data)
        : order_(Order::of(settings, data.train)), on_(settings, EngineOptions{.threads = 2}, data) {
        for (const Layer& layer : shape().layers())
            on_.device.initialize({on_.memory.parameters().data + layer.weight, layer.fan_in * layer.fan_out},
                                  layer.fan_in, layer.fan_out, layer.weight);
    }

    const Shape& shape() const { return on_.settings.shape; }
    std::span<T> parameters() { return {on_.memory.parameters().data, shape().parameters()}; }
    std::span<T> gradients() { return {on_.memory.gradients().data, shape().parameters()}; }

    /// The tensors of the step that was trained last, or of the first.
    const StepTensors<T>& tensors() {
        const auto rows = static_cast<int>(order_.rows(step_ == 0 ? 0 : step_ - 1));
        return on_.memory.tensors({.rows = rows, .batch_rows = rows});
    }

    void train(int steps = 1) {
        for (; steps > 0; --steps) {
            ++step_;
            train_step(on_.step, tensors());
        }
    }

    /// Mean loss of the last batch with the parameters as they are, by the formula itself.
    T loss() {
        const StepTensors<T>& t = tensors();
        const std::size_t last = t.layers.size() - 1;
        on_.forward(t, 0, last);
        const LayerTensors<T>& top = t.layers[last];
        const Matrix<T>& x = t.input_of(last);
        T sum = 0;
        for (int r = 0; r < x.rows; ++r)
            for (int c = 0; c < top.weight.cols; ++c) {
                T z = top.bias.data[c];
                for (int k = 0; k < x.cols; ++k) z += x.row(r)[k] * top.weight.row(k)[c];
                const T target = t.target.row(r)[c];
                sum += on_.settings.loss == Loss::mse ? (z - target) * (z - target) : bce(z, target).loss;
            }
        return sum / static_cast<T>(t.target.size());
    }

    /// The hidden units that were on.
    std::vector<bool> active() {
        std::vector<bool> on;
        for (std::size_t l = 0; l + 1 < tensors().layers.size(); ++l) {
            const Matrix<T>& a = tensors().layers[l].output;
            std::transform(a.data, a.data + a.size(), std::back_inserter(on), [](T value) { return value > T(0); });
        }
        return on;
    }

    double mean_loss(std::uint32_t images) { return on_.device.mean_loss(images); }

private:
    Order order_;
    StepOnDevice<CpuDevice<T>, S> on_;
    std::uint64_t step_ = 0;
};

}  // namespace ae::test
