// The kernel of the output layer's loss: bias, loss and gradient in one pass, in place.
//
// z [B × P] ← d(loss)/dz / (batch_rows·P); losses[place of the image in its epoch] ← mean of the losses over its
// pixels. At 256 × 784 it reads z and x, writes z: 1.61 + 0.80 MB.
//
// A block of 224 threads for each image: four pixels a thread by 16-byte accesses, 196 threads cover 784. The loss of
// an image is summed inside its block in a fixed order and stored in a place of its own, so the loss of an epoch is the
// sum of an array and nothing is added atomically. Without bias or exact fours every access falls back to one element.
#pragma once
#include "device/device.h"
#include "device/pack.h"
#include "device/reduce.h"
#include "verbs/verbs.h"

namespace ae {

/// The loss of one element, its derivative, and the squared error of the output.
struct ElementLoss {
    float loss, gradient, square;
};

/// The loss of a logit.
struct Entropy {
    AE_HD ElementLoss operator()(float z, float x) const {
        const Bce<float> e = bce(z, x);
        return {e.loss, e.dlogit, e.dlogit * e.dlogit};
    }
};

/// The loss of a linear output.
struct Square {
    AE_HD ElementLoss operator()(float y, float x) const {
        const SquaredError<float> e = squared_error(y, x);
        return {e.loss, e.doutput, e.loss};
    }
};

/// Element: ElementLoss from z + bias and x.
template <int N, typename Element, typename Models>
__global__ void __launch_bounds__(kImageThreads)
    loss_kernel(float* __restrict__ z, float* __restrict__ losses, const float* __restrict__ bias,
                const float* __restrict__ x, int pixels, int batch_rows, Schedule schedule, Element element,
                Models models) {
    const auto model = models[blockIdx.z];
    z = model.of(z);
    losses = model.of(losses);
    bias = model.of(bias);
    x = model.of(x);
    schedule = model.of(schedule);
    const auto start = blockIdx.x * static_cast<std::size_t>(pixels);
    const float scale = 1.0f / (static_cast<float>(batch_rows) * static_cast<float>(pixels));
    float loss[1] = {};
    for (int p = static_cast<int>(threadIdx.x) * N; p < pixels; p += kImageThreads * N) {
        auto values = load<N>(z + start + p);
        const auto shift = load<N>(bias + p), target = load<N>(x + start + p);
        for (int i = 0; i < N; ++i) {
            const ElementLoss e = element(values.at[i] + shift.at[i], target.at[i]);
            loss[0] += e.loss;
            values.at[i] = e.gradient * scale;
        }
        store(z + start + p, values);
    }
    block_sums<kImageThreads>(loss);
    if (threadIdx.x == 0) losses[schedule.first() + blockIdx.x] = loss[0] / static_cast<float>(pixels);
}

template <typename Element>
void lose(const ModelStream& on, Matrix<float> z, float* losses, Vector<float> bias, Matrix<float> x, int batch_rows,
          const Schedule& schedule, Element element) {
    require_shapes(bias.size == z.cols && same_shape(z, x));
    const bool fours = in_fours(z.cols, z.data, bias.data, x.data);
    on.with_models([&](auto models) {
        using Models = decltype(models);
        launch(fours ? loss_kernel<4, Element, Models> : loss_kernel<1, Element, Models>, models.grid(z.rows),
               kImageThreads, 0, on.stream, z.data, losses, bias.data, x.data, z.cols, batch_rows, schedule, element,
               models);
    });
}

}  // namespace ae
