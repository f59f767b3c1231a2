// gather, gather_next and fetch: images from bytes to floats in [0, 1], or numbers as they are.
//
// x [B × P] ← images [n × P], the rows chosen by the epoch's permutation for this step (gather) or for the one after it
// (gather_next), or one after the other (fetch). Bytes stay bytes in device memory, as in their file; at 256 × 784 a
// step then reads 0.20 MB, of numbers 0.80 MB, and writes 0.80 MB.
//
// A block of 224 threads for each row: one thread computes which image it is (some 500 instructions, no memory), the
// others wait for it; then each takes four pixels, one 4-byte load (16 bytes of numbers) and one 16-byte store, and 196
// of them cover the row. Were every thread to compute the choice, the arithmetic of 7 warps would queue where that of
// one is enough.
#include "device/device.h"
#include "device/pack.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

struct ThisStep {
    Schedule schedule;
    template <typename Model>
    AE_HD ThisStep of(const Model& model) const {
        return {model.of(schedule)};
    }
    AE_HD std::uint32_t image(std::uint32_t row) const { return schedule.image(row); }
};

struct NextStep {
    Schedule schedule;
    template <typename Model>
    AE_HD NextStep of(const Model& model) const {
        return {model.of(schedule)};
    }
    AE_HD std::uint32_t image(std::uint32_t row) const { return schedule.next_image(row); }
};

struct InOrder {
    std::uint32_t first;
    template <typename Model>
    AE_HD InOrder of(const Model&) const {
        return *this;
    }
    AE_HD std::uint32_t image(std::uint32_t row) const { return first + row; }
};

}  // namespace

template <int N, typename Value, typename Choice, typename Models>
__global__ void __launch_bounds__(kImageThreads)
    gather_kernel(float* __restrict__ x, const Value* __restrict__ images, int pixels, Choice choice, Models models) {
    AE_SHARED(std::uint32_t, image, 1);
    const auto model = models[blockIdx.z];
    x = model.of(x);
    if (threadIdx.x == 0) image[0] = choice.of(model).image(blockIdx.x);
    __syncthreads();

    const auto length = static_cast<std::size_t>(pixels);
    const Value* from = images + image[0] * length;
    float* to = x + blockIdx.x * length;
    for (int p = static_cast<int>(threadIdx.x) * N; p < pixels; p += kImageThreads * N) {
        const auto found = load<N>(from + p);
        Pack<float, N> values;
        for (int i = 0; i < N; ++i) values.at[i] = seen<float>(found.at[i]);
        store(to + p, values);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// verbs

namespace {

template <typename Value, typename Choice>
void copy_values(const ModelStream& on, Matrix<float> x, const Value* images, const Choice& choice) {
    const bool fours = in_fours(x.cols, x.data, images);
    on.with_models([&](auto models) {
        using Models = decltype(models);
        launch(fours ? gather_kernel<4, Value, Choice, Models> : gather_kernel<1, Value, Choice, Models>,
               models.grid(x.rows), kImageThreads, 0, on.stream, x.data, images, x.cols, choice, models);
    });
}

template <typename Choice>
void copy_images(const ModelStream& on, Matrix<float> x, const StagedImages& images, const Choice& choice) {
    if (images.numbers != nullptr) return copy_values(on, x, images.numbers, choice);
    copy_values(on, x, images.bytes, choice);
}

}  // namespace

void gather(const ModelStream& on, Matrix<float> x, const StagedImages& images, const Schedule& schedule) {
    copy_images(on, x, images, ThisStep{schedule});
}

void gather_next(const ModelStream& on, Matrix<float> x, const StagedImages& images, const Schedule& schedule) {
    copy_images(on, x, images, NextStep{schedule});
}

void fetch(const ModelStream& on, Matrix<float> x, const StagedImages& images, std::uint32_t first) {
    copy_images(on, x, images, InOrder{first});
}

}  // namespace ae
