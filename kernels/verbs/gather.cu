// gather, gather_next and fetch: images from bytes to floats in [0, 1].
//
// x [B × P] ← images [n × P] of bytes, the rows chosen by the epoch's permutation for this step (gather) or for the one
// after it (gather_next), or one after the other (fetch). The set stays in device memory as bytes, as in its file; at
// 256 × 784 a step reads 0.20 MB and writes 0.80 MB.
//
// A block of 224 threads for each row: one thread computes which image it is (some 500 instructions, no memory), the
// others wait for it; then each takes four pixels, one 4-byte load and one 16-byte store, and 196 of them cover the
// row. Were every thread to compute the choice, the arithmetic of 7 warps would queue where that of one is enough.
#include "device/device.h"
#include "device/pack.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

struct NextStep {
    Schedule schedule;
    AE_HD std::uint32_t image(std::uint32_t row) const { return schedule.next_image(row); }
};

struct InOrder {
    std::uint32_t first;
    AE_HD std::uint32_t image(std::uint32_t row) const { return first + row; }
};

}  // namespace

template <int N, typename Choice>
__global__ void __launch_bounds__(kImageThreads)
    gather_kernel(float* __restrict__ x, const std::uint8_t* __restrict__ images, int pixels, Choice choice) {
    AE_SHARED(std::uint32_t, image, 1);
    if (threadIdx.x == 0) image[0] = choice.image(blockIdx.x);
    __syncthreads();

    const auto length = static_cast<std::size_t>(pixels);
    const std::uint8_t* from = images + image[0] * length;
    float* to = x + blockIdx.x * length;
    for (int p = static_cast<int>(threadIdx.x) * N; p < pixels; p += kImageThreads * N) {
        const auto bytes = load<N>(from + p);
        Pack<float, N> values;
        for (int i = 0; i < N; ++i) values.at[i] = pixel<float>(bytes.at[i]);
        store(to + p, values);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// verbs

namespace {

template <typename Choice>
void copy_images(LaunchStream stream, Matrix<float> x, const std::uint8_t* images, const Choice& choice) {
    const auto kernel = in_fours(x.cols, x.data, images) ? gather_kernel<4, Choice> : gather_kernel<1, Choice>;
    launch(kernel, x.rows, kImageThreads, 0, stream, x.data, images, x.cols, choice);
}

}  // namespace

void gather(cudaStream_t stream, Matrix<float> x, const std::uint8_t* images, const Schedule& schedule) {
    copy_images(stream, x, images, schedule);
}

void gather_next(cudaStream_t stream, Matrix<float> x, const std::uint8_t* images, const Schedule& schedule) {
    copy_images(stream, x, images, NextStep{schedule});
}

void fetch(cudaStream_t stream, Matrix<float> x, const std::uint8_t* images, std::uint32_t first) {
    copy_images(stream, x, images, InOrder{first});
}

}  // namespace ae
