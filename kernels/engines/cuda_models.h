// A GPU as the device of several models of one shape, which are trained side by side.
//
// Everything that belongs to a model lies in one block of memory, and blocks of equal layout follow one another: see
// verbs/models.h. The engine on this device sees the tensors of the first model and need not know that there are more;
// what crosses the bus goes to, or comes from, the models that are addressed.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "engines/cuda_device.h"

namespace ae {

class CudaModels {
public:
    using Real = float;
    static constexpr int kEvaluationRows = 250;  // of each model

    /// models: their settings, of which those may differ that ModelRecipe has.
    CudaModels(const EngineOptions& options, int capacity, const std::vector<Settings>& models);

    std::string name() const { return shared_.name(); }

    // --- models ------------------------------------------------------------------------------------------------------
    int count() const { return static_cast<int>(recipes_.size()); }
    /// From now on the host writes to this model and reads from it.
    void address(int model) { first_ = model, end_ = model + 1; }
    /// From now on the host writes to all models, as it does at the beginning, and reads from the first.
    void address_all() { first_ = 0, end_ = count(); }
    /// Drops all models but these, which are in ascending order; their memory moves together.
    void keep(std::span<const int> models);

    // --- memory ------------------------------------------------------------------------------------------------------
    /// Groups are for one process, which is shard 0 of 1.
    void stage(const Settings& settings, const Dataset& data, Shard = {});
    float* allocate(std::size_t n);
    float* allocate_gradients(std::size_t n) { return allocate(n); }
    void upload(float* to, std::span<const float> from);
    void download(std::span<float> to, const float* from) { shared_.download(to, of(from, first_)); }
    void synchronize() { shared_.synchronize(); }
    /// Only the step counts: what follows from it is a model's own.
    void set_clock(const StepCounter& clock);
    void require_steps(std::uint64_t steps);
    void initialize(Vector<float> w, int fan_in, int fan_out, std::uint64_t offset);

    DeviceRun context() const;
    Range range(Activity activity) const { return shared_.range(activity); }

    template <typename F>
    void replay(const RecordingKey& key, F body) {
        shared_.replay(key, body);
    }
    template <typename F>
    double seconds_of(const F& body) {
        const std::vector<StepCounter> before = clocks();
        const double seconds = shared_.seconds_of(body);
        set_clocks(before);
        body();
        synchronize();
        return seconds;
    }
    template <typename F>
    StepLaunches launches_of(const F& body) {
        return shared_.launches_of(body);
    }

    // --- results -----------------------------------------------------------------------------------------------------
    double mean_loss(std::uint32_t n) { return means_now(n, 0).loss; }
    Metrics mean_scores(int n) { return means_now(0, n).validation; }
    void keep_result(std::uint32_t images, int validation_images);
    std::vector<EpochResult> kept_results();
    void download_losses(std::span<float> to) { download(to, losses_); }
    void upload_losses(std::span<const float> from) { upload(losses_, from); }
    void download_scores(std::span<float> bce, std::span<float> mse) {
        download(bce, scores_bce_);
        download(mse, scores_mse_);
    }

private:
    template <typename T>
    T* of(T* first_models, int model) const {
        return first_models + static_cast<std::size_t>(model) * stride_;
    }
    EachModel each() const { return {static_cast<unsigned>(count()), stride_, device_recipes_.data()}; }
    EpochScores scores(std::uint32_t images, int validation_images) const {
        return {losses_, scores_bce_, scores_mse_, images, static_cast<std::uint32_t>(validation_images)};
    }
    void copy_recipes();
    std::vector<StepCounter> clocks();
    void set_clocks(const std::vector<StepCounter>& clocks);
    EpochResult means_now(std::uint32_t images, int validation_images);
    void wait() const { check(cudaStreamSynchronize(stream_)); }

    CudaDevice shared_;  ///< the images, the stream, its recordings
    cudaStream_t stream_;
    int capacity_;
    std::vector<ModelRecipe> recipes_;
    DeviceBuffer<ModelRecipe> device_recipes_;
    DeviceBuffer<StepCounter> clocks_;
    DeviceBuffer<EpochResult> results_;  ///< kKeptResults a model
    DeviceBuffer<EpochResult> asked_;    ///< means that were asked for outside an epoch's end
    DeviceBuffer<float> memory_;         ///< of all models
    std::size_t stride_ = 0;             ///< of a model's memory, in floats
    std::size_t used_ = 0;               ///< of the first model's
    float *losses_ = nullptr, *scores_bce_ = nullptr, *scores_mse_ = nullptr;  ///< the first model's
    int first_ = 0, end_ = 0;                                                  ///< the models that are addressed
};

}  // namespace ae
