// bias_activation: z [B × F] ← f(z + bias), in place, after the product of a hidden layer; f a ReLU, tanh or the
// identity.
//
// Reads and writes z once: 0.13 + 0.13 MB for 256 × 128. Mapping: bias.h, compiled for each f. NaN stays NaN, so
// that a diverged run is seen in its loss.
#include "verbs/bias.h"

namespace ae {

namespace {

template <typename Activate>
struct Value {
    AE_HD float operator()(float z) const { return Activate::value(z); }
};

}  // namespace

void bias_activation(const ModelStream& on, Matrix<float> z, Vector<float> bias, Activation activation) {
    with_activation(activation, [&](auto f) { add_bias(on, z, bias, Value<decltype(f)>()); });
}

}  // namespace ae
