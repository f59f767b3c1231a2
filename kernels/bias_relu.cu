// bias_relu: z [B × F] ← relu(z + bias), in place, after the product of a hidden layer.
//
// Reads and writes z once: 0.13 + 0.13 MB for 256 × 128. Mapping: elementwise.h. NaN stays NaN, so that a diverged run
// is seen in its loss.
#include "elementwise.h"

namespace ae {

namespace {

struct Relu {
    AE_HD float operator()(float z) const { return relu(z); }
};

}  // namespace

void bias_relu(cudaStream_t stream, Matrix<float> z, Vector<float> bias) {
    add_bias(stream, z, bias, Relu());
}

}  // namespace ae
