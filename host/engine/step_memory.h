// The memory of a training step, on the side of the bus where a backend works.
#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <map>
#include <vector>

#include "ae/engine.h"
#include "ae/step.h"
#include "engine/layer_activation.h"

namespace ae {

/// What one step has in common with others: where its batch lies, who gathers it, and what it gathers for the next.
/// Steps of a kind are the same calls on the same memory, so that one recording serves them all.
struct StepKind {
    int rows = 0;
    int next_rows = 0;      ///< of the batch to gather ahead; 0: none
    bool is_ahead = false;  ///< the step before has gathered this one's
    int buffer = 0;         ///< of the two that batches take in turns

    auto operator<=>(const StepKind&) const = default;
};

/// Allocated once from the backend, which owns it, for batches of up to `capacity` rows.
template <typename B>
class StepMemory {
public:
    using Real = typename B::Real;
    static constexpr bool kLookahead = LookaheadBackend<B> && !WholeStepBackend<B>;

    StepMemory(B& backend, const Settings& settings, int capacity) : settings_(settings) {
        const Shape& shape = settings.shape;
        for (Vector<Real>* array : {&parameters_, &gradients_, &m_, &v_})
            *array = {backend.allocate(shape.parameters()), static_cast<int>(shape.parameters())};
        const auto rows = static_cast<std::size_t>(capacity);
        input_ = backend.allocate(rows * static_cast<std::size_t>(std::max(shape.pixels(), shape.code_size())));
        const auto pixels = static_cast<std::size_t>(shape.pixels());
        is_noisy_ = settings.noise.kind != NoiseKind::none;
        targets_[0] = is_noisy_ ? backend.allocate(rows * pixels) : input_;
        targets_[1] =
            kLookahead ? backend.allocate(static_cast<std::size_t>(settings.batch_size) * pixels) : targets_[0];
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

    /// The views of a batch, made once for each kind.
    const StepTensors<Real>& tensors(const StepKind& kind) {
        const auto [at, is_new] = views_.try_emplace(kind);
        if (is_new) at->second = views(kind);
        return at->second;
    }

private:
    StepTensors<Real> views(const StepKind& kind) const {
        const int pixels = settings_.shape.pixels();
        Real* target = targets_[kind.buffer];
        StepTensors<Real> t{{is_noisy_ ? input_ : target, kind.rows, pixels}, {target, kind.rows, pixels}, {}};
        t.is_ahead = kind.is_ahead;
        t.next = {targets_[1 - kind.buffer], kind.next_rows, pixels};
        for (std::size_t l = 0; l < settings_.shape.layers().size(); ++l) t.layers.push_back(layer(l, kind.rows));
        return t;
    }

    LayerTensors<Real> layer(std::size_t l, int rows) const {
        const Layer& layer = settings_.shape.layers()[l];
        const auto part = [&](const Vector<Real>& flat) {
            return Vector<Real>{flat.data + layer.weight, layer.fan_in * layer.fan_out + layer.fan_out};
        };
        return {.weight = {parameters_.data + layer.weight, layer.fan_in, layer.fan_out},
                .bias = {parameters_.data + layer.bias, layer.fan_out},
                .activation = layer_activation(settings_, l),
                .weight_gradient = {gradients_.data + layer.weight, layer.fan_in, layer.fan_out},
                .bias_gradient = {gradients_.data + layer.bias, layer.fan_out},
                .output = {outputs_[l], rows, layer.fan_out},
                .output_gradient = {output_gradients_[l], rows, layer.fan_out},
                .parameters = part(parameters_),
                .gradients = part(gradients_),
                .m = part(m_),
                .v = part(v_)};
    }

    Settings settings_;
    Vector<Real> parameters_, gradients_, m_, v_;
    Real* input_ = nullptr;
    bool is_noisy_ = false;
    std::array<Real*, 2> targets_{};  ///< the same where batches are not gathered ahead
    std::vector<Real*> outputs_, output_gradients_;
    std::map<StepKind, StepTensors<Real>> views_;
};

}  // namespace ae
