// score: the reconstruction error of each image, for validation and for `score`.
//
// bce[B], mse[B] ← means over an image's pixels of the cross-entropy and of (sigmoid(z + bias) − x)², from the logits.
// Reads z and x, writes two floats an image: 15.7 MB for 2,500 × 784. A block of 224 threads for each image, as in
// bce.cu.
#include "device/device.h"
#include "device/pack.h"
#include "device/reduce.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

struct Results {
    float *bce, *mse;
};

}  // namespace

template <int N>
__global__ void __launch_bounds__(kImageThreads)
    score_kernel(Results results, const float* __restrict__ z, const float* __restrict__ bias,
                 const float* __restrict__ x, int pixels) {
    const auto start = blockIdx.x * static_cast<std::size_t>(pixels);
    float sums[2] = {};  // of the losses and of the squared errors
    for (int p = static_cast<int>(threadIdx.x) * N; p < pixels; p += kImageThreads * N) {
        const auto logits = load<N>(z + start + p), shift = load<N>(bias + p), target = load<N>(x + start + p);
        for (int i = 0; i < N; ++i) {
            const Bce<float> e = bce(logits.at[i] + shift.at[i], target.at[i]);
            sums[0] += e.loss;
            sums[1] += e.dlogit * e.dlogit;
        }
    }
    block_sums<kImageThreads>(sums);
    if (threadIdx.x != 0) return;
    results.bce[blockIdx.x] = sums[0] / static_cast<float>(pixels);
    results.mse[blockIdx.x] = sums[1] / static_cast<float>(pixels);
}

// ---------------------------------------------------------------------------------------------------------------------
// verb

void score(cudaStream_t stream, float* bce, float* mse, Matrix<float> z, Vector<float> bias, Matrix<float> x) {
    require_shapes(bias.size == z.cols && same_shape(z, x));
    const auto kernel = in_fours(z.cols, z.data, bias.data, x.data) ? score_kernel<4> : score_kernel<1>;
    launch(kernel, z.rows, kImageThreads, 0, stream, Results{bce, mse}, z.data, bias.data, x.data, z.cols);
}

}  // namespace ae
