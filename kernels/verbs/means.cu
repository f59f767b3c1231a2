// means: the means of an epoch's scores, in one launch that can be captured.
//
// result ← means of the training losses [60,000] and of the validation images' BCE and MSE [10,000 each]: 0.32 MB in,
// 24 bytes out. One block of 1,024 threads: 79 loads a thread, all of neighbours, and one barrier; several blocks would
// have to meet, and there is one such launch an epoch. Sums are in double and in an order that depends on the counts
// alone.
//
// The place of the result is read from the clock in device memory, like everything that changes from launch to launch:
// so epochs can be recorded and replayed one after another, and the host fetches the results of many at once.
#include "device/device.h"
#include "device/reduce.h"
#include "verbs/verbs.h"

namespace ae {

// ---------------------------------------------------------------------------------------------------------------------
// kernel

namespace {

constexpr int kMeansThreads = 1024;

struct FixedPlace {
    EpochResult* to;
    template <typename Model>
    AE_HD EpochResult& of(const Model& model) const {
        return to[model.number()];
    }
};

struct EpochPlace {
    EpochResult* results;
    int slots;
    Schedule schedule;
    template <typename Model>
    AE_HD EpochResult& of(const Model& model) const {
        const std::uint64_t epoch = (model.of(schedule.clock)->step - 1) / schedule.order.steps_per_epoch();
        return results[model.number() * static_cast<std::uint64_t>(slots) + epoch % static_cast<std::uint64_t>(slots)];
    }
};

/// This thread's share of a sum.
__device__ double share_of_sum(const float* values, std::uint32_t n) {
    double sum = 0;
    for (std::uint32_t i = threadIdx.x; i < n; i += kMeansThreads) sum += static_cast<double>(values[i]);
    return sum;
}

}  // namespace

template <typename Place, typename Models>
__global__ void __launch_bounds__(kMeansThreads) means_kernel(Place place, EpochScores s, Models models) {
    const auto model = models[blockIdx.z];
    double sums[] = {share_of_sum(model.of(s.losses), s.images), share_of_sum(model.of(s.bce), s.validation_images),
                     share_of_sum(model.of(s.mse), s.validation_images)};
    block_sums<kMeansThreads>(sums);
    if (threadIdx.x != 0) return;
    const auto mean = [](double sum, std::uint32_t n) { return n == 0 ? 0 : sum / n; };
    place.of(model) = {mean(sums[0], s.images),
                       {mean(sums[1], s.validation_images), mean(sums[2], s.validation_images)}};
}

// ---------------------------------------------------------------------------------------------------------------------
// verbs

namespace {

template <typename Place>
void means_at(const ModelStream& on, Place place, const EpochScores& scores) {
    on.with_models([&](auto models) {
        launch(means_kernel<Place, decltype(models)>, models.grid(1), kMeansThreads, 0, on.stream, place, scores,
               models);
    });
}

}  // namespace

void means(const ModelStream& on, EpochResult* to, const EpochScores& scores) {
    means_at(on, FixedPlace{to}, scores);
}

void means(const ModelStream& on, EpochResult* results, int slots, const EpochScores& scores,
           const Schedule& schedule) {
    means_at(on, EpochPlace{results, slots, schedule}, scores);
}

}  // namespace ae
