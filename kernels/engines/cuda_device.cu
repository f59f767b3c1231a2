// Set-up of a GPU, and the copies across the bus.
#include <algorithm>

#include "engines/cuda_device.h"

namespace ae {

CudaDevice::CudaDevice(const EngineOptions& options, int capacity)
    : group_(options.group),
      capacity_(capacity),
      scores_bce_(static_cast<std::size_t>(capacity)),
      scores_mse_(scores_bce_.size()),
      record_(options.graph) {
    schedule_.clock = clock_.data();
    // kept_results() reads all of them, and fewer may have been written.
    check(cudaMemsetAsync(results_.data(), 0, results_.size() * sizeof(EpochResult), stream_));
}

void CudaDevice::stage(const Settings& settings, const Dataset& data, Shard shard) {
    schedule_ = {settings.adam, Order::of(settings, data.train, shard), clock_.data()};
    noise_ = {settings.noise, settings.seed, 0, data.train.height, data.train.width};
    if (shard.ranks > 1) sum_ = make_rank_sum(*group_);
    if (sum_ && !sum_->can_be_recorded()) record_ = false;
    train_ = staged(data.train);
    test_ = staged(data.test);
    losses_ = DeviceBuffer<float>(static_cast<std::size_t>(data.train.count));
    scores_bce_ = DeviceBuffer<float>(static_cast<std::size_t>(std::max(capacity_, data.test.count)));
    scores_mse_ = DeviceBuffer<float>(scores_bce_.size());
}

DeviceRun CudaDevice::context() const {
    return {stream_,
            schedule_,
            noise_,
            train_.view(),
            test_.view(),
            losses_.data(),
            scores_bce_.data(),
            scores_mse_.data(),
            capacity_,
            sum_.get(),
            {}};
}

CudaDevice::Staged CudaDevice::staged(const Images& images) {
    Staged staged{DeviceBuffer<std::uint8_t>(images.pixels.size()), DeviceBuffer<float>(images.numbers.size())};
    copy(staged.bytes.data(), images.pixels.data(), images.pixels.size(), stream_);
    copy(staged.numbers.data(), images.numbers.data(), images.numbers.size(), stream_);
    wait();
    return staged;
}

void CudaDevice::upload(float* to, std::span<const float> from) {
    copy(to, from.data(), from.size(), stream_);
    wait();
}

void CudaDevice::download(std::span<float> to, const float* from) {
    copy(to.data(), from, to.size(), stream_);
    wait();
}

std::vector<EpochResult> CudaDevice::kept_results() {
    std::vector<EpochResult> results(kKeptResults);
    copy(results.data(), results_.data(), results.size(), stream_);
    wait();
    return results;
}

EpochResult CudaDevice::means_now(std::uint32_t images, int validation_images) {
    means(stream_, asked_.data(), scores(images, validation_images));
    EpochResult result;
    copy(&result, asked_.data(), 1, stream_);
    wait();
    return result;
}

StepCounter CudaDevice::clock() {
    StepCounter clock;
    copy(&clock, clock_.data(), 1, stream_);
    wait();
    return clock;
}

void CudaDevice::require_counted(std::uint64_t steps, std::uint64_t counted) const {
    if (counted == steps) return;
    throw_gpu_error("step " + std::to_string(steps) + " was run, and the clock on the device stands at step " +
                        std::to_string(counted) + ": the kernels of this build, which has code for " +
                        built_architectures() + ", did nothing on " + name() +
                        "; build again with -DCMAKE_CUDA_ARCHITECTURES=native on this machine, or use --engine cpu",
                    Location::current());
}

void CudaDevice::set_clock(const StepCounter& clock) {
    copy(clock_.data(), &clock, 1, stream_);
    wait();
}

}  // namespace ae
