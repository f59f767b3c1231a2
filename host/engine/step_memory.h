// The memory of a network and of its training step, allocated on the device.
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

/// The kind of a step: the place of its batch, the step that gathers it, and the batch gathered for the next. Steps of
/// a kind make the same calls on the same memory, so that one recording serves them all.
struct StepKind {
    int rows = 0;
    int batch_rows = 0;       ///< rows of the whole batch, this rank's and the others'
    int next_rows = 0;        ///< of the batch to gather ahead; 0: none
    bool is_ahead = false;    ///< the previous step has gathered this batch
    int buffer = 0;           ///< of the two that batches take in turns
    bool is_applied = false;  ///< no step: the network is applied to rows that a caller gives, which have no noise

    auto operator<=>(const StepKind&) const = default;
};

/// Whether a network is only applied or trained as well.
enum class Purpose { apply, train };

/// Allocated once from the device, which owns it, for batches of up to `capacity` rows.
template <typename Real>
class StepMemory {
public:
    /// looks_ahead: batches take two buffers in turns.
    template <typename D>
    StepMemory(D& device, const Settings& settings, int capacity, Purpose purpose, bool looks_ahead = false)
        : settings_(settings) {
        const Shape& shape = settings.shape;
        const auto rows = static_cast<std::size_t>(capacity), pixels = static_cast<std::size_t>(shape.pixels());
        const auto flat = [&] {
            return Vector<Real>{device.allocate(shape.parameters()), static_cast<int>(shape.parameters())};
        };
        parameters_ = flat();
        input_ = device.allocate(rows * pixels);
        for (const Layer& layer : shape.layers())
            outputs_.push_back(device.allocate(rows * static_cast<std::size_t>(layer.fan_out)));
        if (purpose == Purpose::apply) return;
        gradients_ = {device.allocate_gradients(shape.parameters()), static_cast<int>(shape.parameters())};
        for (Vector<Real>* array : {&m_, &v_}) *array = flat();
        const bool is_noisy = settings.noise.kind != NoiseKind::none;
        targets_[0] = is_noisy ? device.allocate(rows * pixels) : input_;
        targets_[1] =
            looks_ahead ? device.allocate(static_cast<std::size_t>(settings.batch_size) * pixels) : targets_[0];
        for (std::size_t l = 0; l + 1 < outputs_.size(); ++l)
            output_gradients_.push_back(device.allocate(rows * static_cast<std::size_t>(shape.layers()[l].fan_out)));
        output_gradients_.push_back(outputs_.back());
    }

    Vector<Real> parameters() const { return parameters_; }
    Vector<Real> gradients() const { return gradients_; }
    Vector<Real> m() const { return m_; }
    Vector<Real> v() const { return v_; }

    /// The views of a batch, made once for each kind.
    const StepTensors<Real>& tensors(const StepKind& kind) {
        const auto [at, is_new] = views_.try_emplace(kind);
        if (is_new) at->second = views(kind);
        return at->second;
    }

private:
    StepTensors<Real> views(const StepKind& kind) const {
        const int pixels = settings_.shape.pixels();
        const bool is_noisy = !kind.is_applied && settings_.noise.kind != NoiseKind::none;
        Real* target = kind.is_applied ? input_ : targets_[static_cast<std::size_t>(kind.buffer)];
        StepTensors<Real> t;
        t.input = {is_noisy ? input_ : target, kind.rows, pixels};
        t.target = {target, kind.rows, pixels};
        t.batch_rows = kind.batch_rows;
        t.is_ahead = kind.is_ahead;
        t.loss_kind = settings_.loss;
        t.next = {targets_[static_cast<std::size_t>(1 - kind.buffer)], kind.next_rows, pixels};
        for (std::size_t l = 0; l < settings_.shape.layers().size(); ++l) t.layers.push_back(layer(l, kind.rows));
        return t;
    }

    LayerTensors<Real> layer(std::size_t l, int rows) const {
        const Layer& layer = settings_.shape.layers()[l];
        const auto part = [&](const Vector<Real>& flat, std::size_t offset, int size) {
            return Vector<Real>{flat.data == nullptr ? nullptr : flat.data + offset, size};
        };
        const auto all = [&](const Vector<Real>& flat) {
            return part(flat, layer.weight, layer.fan_in * layer.fan_out + layer.fan_out);
        };
        return {.weight = {part(parameters_, layer.weight, 0).data, layer.fan_in, layer.fan_out},
                .bias = part(parameters_, layer.bias, layer.fan_out),
                .activation = layer_activation(settings_, l),
                .weight_gradient = {part(gradients_, layer.weight, 0).data, layer.fan_in, layer.fan_out},
                .bias_gradient = part(gradients_, layer.bias, layer.fan_out),
                .output = {outputs_[l], rows, layer.fan_out},
                .output_gradient = {output_gradients_.empty() ? nullptr : output_gradients_[l], rows, layer.fan_out},
                .parameters = all(parameters_),
                .gradients = all(gradients_),
                .m = all(m_),
                .v = all(v_)};
    }

    Settings settings_;
    Vector<Real> parameters_, gradients_, m_, v_;
    Real* input_ = nullptr;
    std::array<Real*, 2> targets_{};  ///< both the same if batches are not gathered ahead
    std::vector<Real*> outputs_, output_gradients_;
    std::map<StepKind, StepTensors<Real>> views_;
};

}  // namespace ae
