// The memory of a training step, on the side of the bus where a backend works.
#pragma once
#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

#include "ae/engine.h"
#include "ae/step.h"
#include "model/layer_activation.h"

namespace ae {

/// Allocated once from the backend, which owns it, for batches of up to `capacity` rows.
template <typename B>
class StepMemory {
public:
    using Real = typename B::Real;

    StepMemory(B& backend, const Settings& settings, int capacity) : settings_(settings) {
        const Shape& shape = settings.shape;
        for (Vector<Real>* array : {&parameters_, &gradients_, &m_, &v_})
            *array = {backend.allocate(shape.parameters()), static_cast<int>(shape.parameters())};
        const auto rows = static_cast<std::size_t>(capacity);
        input_ = backend.allocate(rows * static_cast<std::size_t>(std::max(shape.pixels(), shape.code_size())));
        target_ = settings.noise.kind == NoiseKind::none
                      ? input_
                      : backend.allocate(rows * static_cast<std::size_t>(shape.pixels()));
        for (const Layer& layer : shape.layers()) {
            const std::size_t size = rows * static_cast<std::size_t>(layer.fan_out);
            outputs_.push_back(backend.allocate(size));
            const bool top = outputs_.size() == shape.layers().size();
            output_gradients_.push_back(top ? outputs_.back() : backend.allocate(size));
        }
    }

    Vector<Real> parameters() const { return parameters_; }
    Vector<Real> gradients() const { return gradients_; }
    Vector<Real> m() const { return m_; }
    Vector<Real> v() const { return v_; }
    Real* input() const { return input_; }  ///< room for rows of pixels or of codes

    /// The views of a batch of `rows` images, made once for each number of rows.
    const StepTensors<Real>& tensors(int rows) {
        const auto [at, is_new] = views_.try_emplace(rows);
        if (is_new) at->second = views(rows);
        return at->second;
    }

private:
    StepTensors<Real> views(int rows) const {
        const Shape& shape = settings_.shape;
        StepTensors<Real> t{
            {input_, rows, shape.pixels()}, {target_, rows, shape.pixels()}, {}, parameters_, gradients_, m_, v_};
        for (std::size_t l = 0; l < shape.layers().size(); ++l) {
            const Layer& layer = shape.layers()[l];
            t.layers.push_back({{parameters_.data + layer.weight, layer.fan_in, layer.fan_out},
                                {parameters_.data + layer.bias, layer.fan_out},
                                layer_activation(settings_, l),
                                {gradients_.data + layer.weight, layer.fan_in, layer.fan_out},
                                {gradients_.data + layer.bias, layer.fan_out},
                                {outputs_[l], rows, layer.fan_out},
                                {output_gradients_[l], rows, layer.fan_out}});
        }
        return t;
    }

    Settings settings_;
    Vector<Real> parameters_, gradients_, m_, v_;
    Real *input_ = nullptr, *target_ = nullptr;
    std::vector<Real*> outputs_, output_gradients_;
    std::map<int, StepTensors<Real>> views_;
};

}  // namespace ae
