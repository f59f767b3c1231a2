// Set-up of the GPU's backend, and the copies across the bus.
#include <algorithm>

#include "cuda_backend.h"

namespace ae {

CudaBackend::CudaBackend(const Settings& settings, const Dataset& data, int capacity, const EngineOptions& options)
    : cublas_(stream_, options.math),
      layers_{Side(options.math), Side(options.math)},
      schedule_{settings.adam,
                {settings.seed, static_cast<std::uint32_t>(data.train.count),
                 static_cast<std::uint32_t>(settings.batch_size)},
                clock_.data()},
      noise_{settings.noise, settings.seed, 0, data.train.height, data.train.width},
      train_(staged(data.train.pixels)),
      test_(staged(data.test.pixels)),
      losses_(static_cast<std::size_t>(data.train.count)),
      scores_bce_(static_cast<std::size_t>(std::max(capacity, data.test.count))),
      scores_mse_(scores_bce_.size()),
      record_(options.graph) {
    // kept_results() reads all of them, and fewer may have been written.
    check(cudaMemsetAsync(results_.data(), 0, results_.size() * sizeof(EpochResult), stream_));
}

DeviceBuffer<std::uint8_t> CudaBackend::staged(const std::vector<std::uint8_t>& images) {
    DeviceBuffer<std::uint8_t> bytes(images.size());
    copy(bytes.data(), images.data(), images.size(), stream_);
    synchronize();
    return bytes;
}

void CudaBackend::upload(float* to, std::span<const float> from) {
    copy(to, from.data(), from.size(), stream_);
    synchronize();
}

void CudaBackend::download(std::span<float> to, const float* from) {
    copy(to.data(), from, to.size(), stream_);
    synchronize();
}

EpochResult CudaBackend::means_now(std::uint32_t images, int validation_images) {
    means(stream_, asked_.data(), scores(images, validation_images));
    EpochResult result;
    copy(&result, asked_.data(), 1, stream_);
    synchronize();
    return result;
}

void CudaBackend::set_clock(const Clock& clock) {
    copy(clock_.data(), &clock, 1, stream_);
    synchronize();
}

Clock CudaBackend::clock() {
    Clock clock;
    copy(&clock, clock_.data(), 1, stream_);
    synchronize();
    return clock;
}

void CudaBackend::require_steps(std::uint64_t steps) {
    const std::uint64_t counted = clock().step;
    if (counted == steps) return;
    throw_gpu_error("step " + std::to_string(steps) + " was run, and the clock on the device stands at step " +
                        std::to_string(counted) + ": the kernels of this build, which has code for " +
                        built_architectures() + ", did nothing on " + device() +
                        "; build again with -DCMAKE_CUDA_ARCHITECTURES=native on this machine, or use --engine cpu",
                    Location::current());
}

}  // namespace ae
