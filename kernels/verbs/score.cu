// score: the reconstruction error of each image, for validation and for `score`.
//
// losses[B], mse[B] ← means over an image's pixels: for bce of the cross-entropy and of (sigmoid(z + bias) − x)², from
// the logits; for mse of (z + bias − x)², twice. Reads z and x, writes two floats an image: 15.7 MB for 2,500 × 784. A
// block of 224 threads for each image, as in loss.h.
#include "verbs/loss.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

struct Results {
    float *losses, *mse;
};

}  // namespace

template <int N, typename Element, typename Models>
__global__ void __launch_bounds__(kImageThreads)
    score_kernel(Results results, const float* __restrict__ z, const float* __restrict__ bias,
                 const float* __restrict__ x, int pixels, Element element, Models models) {
    const auto model = models[blockIdx.z];
    results = {model.of(results.losses), model.of(results.mse)};
    z = model.of(z);
    bias = model.of(bias);
    x = model.of(x);
    const auto start = blockIdx.x * static_cast<std::size_t>(pixels);
    float sums[2] = {};  // of the losses and of the squared errors
    for (int p = static_cast<int>(threadIdx.x) * N; p < pixels; p += kImageThreads * N) {
        const auto values = load<N>(z + start + p), shift = load<N>(bias + p), target = load<N>(x + start + p);
        for (int i = 0; i < N; ++i) {
            const ElementLoss e = element(values.at[i] + shift.at[i], target.at[i]);
            sums[0] += e.loss;
            sums[1] += e.square;
        }
    }
    block_sums<kImageThreads>(sums);
    if (threadIdx.x != 0) return;
    results.losses[blockIdx.x] = sums[0] / static_cast<float>(pixels);
    results.mse[blockIdx.x] = sums[1] / static_cast<float>(pixels);
}

// ---------------------------------------------------------------------------------------------------------------------
// verb

namespace {

template <typename Element>
void score_images(const ModelStream& on, Results results, Matrix<float> z, Vector<float> bias, Matrix<float> x,
                  Element element) {
    require_shapes(bias.size == z.cols && same_shape(z, x));
    const bool fours = in_fours(z.cols, z.data, bias.data, x.data);
    on.with_models([&](auto models) {
        using Models = decltype(models);
        launch(fours ? score_kernel<4, Element, Models> : score_kernel<1, Element, Models>, models.grid(z.rows),
               kImageThreads, 0, on.stream, results, z.data, bias.data, x.data, z.cols, element, models);
    });
}

}  // namespace

void score(const ModelStream& on, float* losses, float* mse, Matrix<float> z, Vector<float> bias, Matrix<float> x,
           Loss loss) {
    if (loss == Loss::mse) return score_images(on, {losses, mse}, z, bias, x, Square());
    score_images(on, {losses, mse}, z, bias, x, Entropy());
}

}  // namespace ae
