// The network that any device and step make: rows of host memory go through it in chunks.
#pragma once
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ae/error.h"
#include "ae/network.h"
#include "engine/step_on_device.h"

namespace ae {

template <Device D, typename S>
class DeviceNetwork final : public Network {
public:
    using Real = typename D::Real;

    DeviceNetwork(std::string name, std::shared_ptr<StepOnDevice<D, S>> on)
        : name_(std::move(name)), on_(std::move(on)) {}

    std::string name() const override { return name_; }
    std::string device() const override { return on_->device.name(); }

    std::vector<float> encode(std::span<const float> images) override { return apply(images, 0, encoder_layers()); }
    std::vector<float> decode(std::span<const float> codes) override {
        return apply(codes, encoder_layers(), layer_count());
    }
    std::vector<float> reconstruct(std::span<const float> images) override { return apply(images, 0, layer_count()); }

    Scores score(std::span<const float> images) override {
        [[maybe_unused]] const auto range = on_->device.range(Activity::apply);
        const int n = count_rows(images.size(), shape().pixels());
        Scores scores{std::vector<float>(static_cast<std::size_t>(n)), std::vector<float>(static_cast<std::size_t>(n))};
        on_->for_chunks(n, [&](int first, int rows) {
            const StepTensors<Real>& t = tensors(rows);
            put(t, images, first);
            on_->forward(t, 0, layer_count() - 1);
            on_->step.score(t, 0);
            const auto at = static_cast<std::size_t>(first), count = static_cast<std::size_t>(rows);
            on_->device.download_scores(std::span(scores.bce).subspan(at, count),
                                        std::span(scores.mse).subspan(at, count));
        });
        return scores;
    }

private:
    const Shape& shape() const { return on_->settings.shape; }
    std::size_t layer_count() const { return shape().layers().size(); }
    std::size_t encoder_layers() const { return static_cast<std::size_t>(shape().encoder_layers()); }

    const StepTensors<Real>& tensors(int rows) {
        return on_->memory.tensors({.rows = rows, .batch_rows = rows, .is_applied = true});
    }

    static int count_rows(std::size_t size, int cols) {
        if (size % static_cast<std::size_t>(cols) != 0)
            throw ModelError("input: " + std::to_string(size) + " values are not rows of " + std::to_string(cols));
        if (size / static_cast<std::size_t>(cols) > std::size_t(std::numeric_limits<int>::max()))
            throw ModelError("input: " + std::to_string(size) + " values are more rows than can be counted");
        return static_cast<int>(size / static_cast<std::size_t>(cols));
    }

    /// to ← its rows of `values`, from row `first` on.
    void upload(const Matrix<Real>& to, std::span<const float> values, int first) {
        on_->device.upload(
            to.data, values.subspan(static_cast<std::size_t>(first) * static_cast<std::size_t>(to.cols), to.size()));
    }
    void put(const StepTensors<Real>& t, std::span<const float> images, int first) {
        upload(t.input, images, first);
        on_->step.take(t);
    }

    /// Layers first … last−1 on rows of host memory: images if `first` is 0, otherwise codes.
    std::vector<float> apply(std::span<const float> in, std::size_t first, std::size_t last) {
        [[maybe_unused]] const auto range = on_->device.range(Activity::apply);
        const bool to_pixels = last == layer_count();
        const int n = count_rows(in.size(), shape().layers()[first].fan_in);
        const auto out_cols = static_cast<std::size_t>(shape().layers()[last - 1].fan_out);
        std::vector<float> out(static_cast<std::size_t>(n) * out_cols);
        on_->for_chunks(n, [&](int row, int rows) {
            const StepTensors<Real>& t = tensors(rows);
            if (first == 0)
                put(t, in, row);
            else
                upload(t.layers[first - 1].output, in, row);
            on_->forward(t, first, to_pixels ? last - 1 : last);
            if (to_pixels) on_->step.reconstruct(t);
            const Matrix<Real>& result = t.layers[last - 1].output;
            on_->device.download(std::span(out).subspan(static_cast<std::size_t>(row) * out_cols, result.size()),
                                 result.data);
        });
        return out;
    }

    std::string name_;
    std::shared_ptr<StepOnDevice<D, S>> on_;
};

/// A network of its own, with a model's parameters.
template <Device D, typename S>
std::unique_ptr<Network> make_device_network(const std::string& name, const Settings& settings,
                                             std::span<const float> parameters, const EngineOptions& options) {
    const std::size_t n = settings.shape.parameters();
    if (parameters.size() != n)
        throw ModelError("model: " + std::to_string(parameters.size()) + " parameters; a " + settings.shape.text() +
                         " network has " + std::to_string(n));
    auto on = std::make_shared<StepOnDevice<D, S>>(settings, options);
    on->device.upload(on->memory.parameters().data, parameters);
    return std::make_unique<DeviceNetwork<D, S>>(name, std::move(on));
}

}  // namespace ae
