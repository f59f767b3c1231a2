// The memory of several models, and the copies across the bus.
#include <algorithm>

#include "engine/step_memory.h"
#include "engines/cuda_models.h"

namespace ae {

namespace {

constexpr std::size_t kAligned = 64;  // floats: 256 bytes, as cudaMalloc aligns

std::size_t aligned(std::size_t n) {
    return (n + kAligned - 1) / kAligned * kAligned;
}

/// Counts the memory that a model needs, as a device that allocates none.
struct MemoryCount {
    std::size_t floats = 0;

    float* allocate(std::size_t n) {
        floats += aligned(n);
        return nullptr;
    }
    float* allocate_gradients(std::size_t n) { return allocate(n); }
};

ModelRecipe recipe_of(const Settings& settings) {
    return {settings.seed, settings.adam, AdamCoefficients<float>::of(settings.adam, StepCounter()), settings.noise};
}

}  // namespace

CudaModels::CudaModels(const EngineOptions& options, int capacity, const std::vector<Settings>& models)
    : shared_(options, capacity),
      stream_(shared_.context().stream),
      capacity_(capacity),
      device_recipes_(models.size()),
      clocks_(models.size()),
      results_(models.size() * kKeptResults),
      asked_(models.size()) {
    std::ranges::transform(models, std::back_inserter(recipes_), recipe_of);
    copy_recipes();
    address_all();
    // kept_results() reads all of them, and fewer may have been written.
    check(cudaMemsetAsync(results_.data(), 0, results_.size() * sizeof(EpochResult), stream_));
}

void CudaModels::copy_recipes() {
    copy(device_recipes_.data(), recipes_.data(), recipes_.size(), stream_);
    wait();
}

void CudaModels::stage(const Settings& settings, const Dataset& data, Shard) {
    shared_.stage(settings, data);
    const auto images = static_cast<std::size_t>(data.train.count);
    const auto scored = static_cast<std::size_t>(std::max(capacity_, data.test.count));
    MemoryCount model;
    for (const std::size_t n : {images, scored, scored}) model.allocate(n);
    const StepMemory<float> of_a_model(model, settings, capacity_, Purpose::train, true);
    stride_ = model.floats;
    memory_ = DeviceBuffer<float>(stride_ * recipes_.size());
    losses_ = allocate(images);
    scores_bce_ = allocate(scored);
    scores_mse_ = allocate(scored);
}

float* CudaModels::allocate(std::size_t n) {
    float* at = memory_.data() + used_;
    used_ += aligned(n);
    require_shapes(used_ <= stride_);
    return at;
}

void CudaModels::upload(float* to, std::span<const float> from) {
    for (int m = first_; m < end_; ++m) copy(of(to, m), from.data(), from.size(), stream_);
    wait();
}

void CudaModels::initialize(Vector<float> w, int fan_in, int fan_out, std::uint64_t offset) {
    for (int m = first_; m < end_; ++m)
        ae::initialize(stream_, {of(w.data, m), w.size},
                       Glorot::of(recipes_[static_cast<std::size_t>(m)].seed, fan_in, fan_out, offset));
}

DeviceRun CudaModels::context() const {
    DeviceRun run = shared_.context();
    run.schedule.clock = clocks_.data();
    run.losses = losses_;
    run.scores_bce = scores_bce_;
    run.scores_mse = scores_mse_;
    run.models = each();
    return run;
}

void CudaModels::keep(std::span<const int> models) {
    std::vector<StepCounter> kept_clocks;
    std::vector<ModelRecipe> kept;
    const std::vector<StepCounter> all_clocks = clocks();
    for (const int model : models) {
        const int to = static_cast<int>(kept.size());
        require_shapes(model >= to && model < count());
        if (model != to) {
            copy(of(memory_.data(), to), of(memory_.data(), model), stride_, stream_);
            copy(results_.data() + to * kKeptResults, results_.data() + model * kKeptResults, kKeptResults, stream_);
        }
        kept.push_back(recipes_[static_cast<std::size_t>(model)]);
        kept_clocks.push_back(all_clocks[static_cast<std::size_t>(model)]);
    }
    recipes_ = std::move(kept);
    copy_recipes();
    set_clocks(kept_clocks);
    address_all();
    shared_.forget_recordings();
}

std::vector<StepCounter> CudaModels::clocks() {
    std::vector<StepCounter> clocks(recipes_.size());
    copy(clocks.data(), clocks_.data(), clocks.size(), stream_);
    wait();
    return clocks;
}

void CudaModels::set_clocks(const std::vector<StepCounter>& clocks) {
    copy(clocks_.data(), clocks.data(), clocks.size(), stream_);
    wait();
}

void CudaModels::set_clock(const StepCounter& clock) {
    for (int m = first_; m < end_; ++m) {
        StepCounter own;
        while (own.step < clock.step) tick(own, recipes_[static_cast<std::size_t>(m)].adam);
        copy(clocks_.data() + m, &own, 1, stream_);
        wait();
    }
}

void CudaModels::require_steps(std::uint64_t steps) {
    for (const StepCounter& clock : clocks()) shared_.require_counted(steps, clock.step);
}

void CudaModels::keep_result(std::uint32_t images, int validation_images) {
    const DeviceRun run = context();
    means({stream_, run.models}, results_.data(), kKeptResults, scores(images, validation_images), run.schedule);
}

std::vector<EpochResult> CudaModels::kept_results() {
    std::vector<EpochResult> results(kKeptResults);
    copy(results.data(), results_.data() + first_ * kKeptResults, results.size(), stream_);
    wait();
    return results;
}

EpochResult CudaModels::means_now(std::uint32_t images, int validation_images) {
    means({stream_, each()}, asked_.data(), scores(images, validation_images));
    EpochResult result;
    copy(&result, asked_.data() + first_, 1, stream_);
    wait();
    return result;
}

}  // namespace ae
