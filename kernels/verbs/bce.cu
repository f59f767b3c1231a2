// bce: bias, sigmoid, loss and gradient of the output layer in one pass, in place.
//
// z [B × P] ← (sigmoid(z + bias) − x) / (batch_rows·P); losses[place of the image in its epoch] ← mean over its pixels
// of max(y, 0) − y·x + log1p(exp(−|y|)), y = z + bias. Mapping: loss.h.
#include "verbs/loss.h"

namespace ae {

void bce(const ModelStream& on, Matrix<float> z, float* losses, Vector<float> bias, Matrix<float> x, int batch_rows,
         const Schedule& schedule) {
    lose(on, z, losses, bias, x, batch_rows, schedule, Entropy());
}

}  // namespace ae
