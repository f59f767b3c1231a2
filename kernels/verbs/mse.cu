// mse: bias, squared error and gradient of a linear output layer in one pass, in place.
//
// y [B × P] ← 2·(y + bias − x) / (batch_rows·P); losses[place of the image in its epoch] ← mean over its pixels of
// (y + bias − x)². Mapping: loss.h.
#include "verbs/loss.h"

namespace ae {

void mse(const ModelStream& on, Matrix<float> y, float* losses, Vector<float> bias, Matrix<float> x, int batch_rows,
         const Schedule& schedule) {
    lose(on, y, losses, bias, x, batch_rows, schedule, Square());
}

}  // namespace ae
