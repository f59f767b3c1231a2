// corrupt: noise on the network's input, a pure function of (seed, step, row, pixel).
//
// noisy [B × P] ← x [B × P] with noise, clipped to [0, 1]. At 256 × 784 it reads and writes 0.80 MB.
//
// A block for each image, as in gather.cu; a thread draws the values that its pixels share (strength, place: 150
// instructions, less than a barrier's wait for one thread that draws it for all), then each of its three or four
// pixels. No memory holds random numbers, so any step can be drawn again.
#include "device/device.h"
#include "device/pack.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

/// Stream and first image of the current step's noise.
struct OfStep {
    Schedule schedule;
    template <typename Model>
    AE_HD OfStep of(const Model& model) const {
        return {model.of(schedule)};
    }
    AE_HD std::uint64_t stream() const { return schedule.clock->step; }
    AE_HD std::uint32_t first() const { return schedule.first_row(); }
};

/// For images that always have the same noise.
struct OfSet {
    std::uint32_t start;
    template <typename Model>
    AE_HD OfSet of(const Model&) const {
        return *this;
    }
    AE_HD std::uint64_t stream() const { return 0; }
    AE_HD std::uint32_t first() const { return start; }
};

}  // namespace

template <typename Place, typename Models>
__global__ void __launch_bounds__(kImageThreads)
    corrupt_kernel(float* __restrict__ noisy, const float* __restrict__ x, int pixels, NoiseStream noise, Place place,
                   Models models) {
    const auto model = models[blockIdx.z];
    noisy = model.of(noisy);
    x = model.of(x);
    noise = model.of(noise);
    place = place.of(model);
    noise.stream = place.stream();
    const ImageNoise image = noise.image(place.first() + blockIdx.x);
    const auto start = blockIdx.x * static_cast<std::size_t>(pixels);
    for (int p = static_cast<int>(threadIdx.x); p < pixels; p += kImageThreads)
        noisy[start + p] = image.corrupt(x[start + p], p / noise.width, p % noise.width, noise.width);
}

// ---------------------------------------------------------------------------------------------------------------------
// verbs

namespace {

template <typename Place>
void corrupt_images(const ModelStream& on, Matrix<float> noisy, Matrix<float> x, const NoiseStream& noise,
                    Place place) {
    on.with_models([&](auto models) {
        launch(corrupt_kernel<Place, decltype(models)>, models.grid(x.rows), kImageThreads, 0, on.stream, noisy.data,
               x.data, x.cols, noise, place, models);
    });
}

}  // namespace

void corrupt(const ModelStream& on, Matrix<float> noisy, Matrix<float> x, const NoiseStream& noise,
             const Schedule& schedule) {
    corrupt_images(on, noisy, x, noise, OfStep{schedule});
}

void corrupt(const ModelStream& on, Matrix<float> noisy, Matrix<float> x, const NoiseStream& noise,
             std::uint32_t first) {
    corrupt_images(on, noisy, x, noise, OfSet{first});
}

}  // namespace ae
