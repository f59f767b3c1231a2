// A network as it is before training, for tests of what applies one.
#pragma once
#include "ae/model.h"

namespace ae::test {

/// Glorot's weights and biases of 0, as an engine begins with.
inline Model random_model(const Settings& settings) {
    Model model{.settings = settings, .parameters = std::vector<float>(settings.shape.parameters()), .metadata = {}};
    for (const Layer& layer : settings.shape.layers()) {
        const auto glorot = Glorot::of(settings.seed, layer.fan_in, layer.fan_out, layer.weight);
        for (std::size_t i = 0; i < static_cast<std::size_t>(layer.fan_in * layer.fan_out); ++i)
            model.parameters[layer.weight + i] = glorot(i);
    }
    return model;
}

}  // namespace ae::test
