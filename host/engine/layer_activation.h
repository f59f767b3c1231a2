// The activation of each layer.
#pragma once
#include <cstddef>

#include "ae/engine.h"

namespace ae {

/// The activation of layer `l`; not meaningful for the last layer, whose function is that of
/// the loss.
inline Activation layer_activation(const Settings& settings, std::size_t l) {
    const bool gives_code = l + 1 == static_cast<std::size_t>(settings.shape.encoder_layers());
    return gives_code ? settings.code_activation : settings.activation;
}

}  // namespace ae
