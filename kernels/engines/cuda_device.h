// A GPU as a device: memory, the images, recordings, and the results of an epoch.
//
// The data set is copied to the device once, as bytes where its values are bytes. From then on nothing crosses the bus
// during a step: parameters, activations, losses and the clock stay in device memory.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "device/device.h"
#include "device/event_timer.h"
#include "device/gpu.h"
#include "device/graph_launches.h"
#include "device/range.h"
#include "engine/device.h"
#include "ranks/rank_sum.h"
#include "verbs/verbs.h"

namespace ae {

class CudaDevice {
public:
    using Real = float;
    static constexpr int kEvaluationRows = 2500;  // a quarter of MNIST's validation images, 20 MB of activations

    /// capacity: the most rows that a verb will be given.
    CudaDevice(const EngineOptions& options, int capacity);

    std::string name() const { return current_gpu() + (sum_ ? ", gradients added by " + sum_->name() : ""); }

    // --- memory ------------------------------------------------------------------------------------------------------
    /// shard: the rank whose rows of each batch are trained on here. All of several ranks call it at the same time.
    void stage(const Settings& settings, const Dataset& data, Shard shard = {});
    float* allocate(std::size_t n) { return memory_.emplace_back(n).data(); }
    float* allocate_gradients(std::size_t n) { return sum_ ? sum_->allocate(n) : allocate(n); }
    void upload(float* to, std::span<const float> from);
    void download(std::span<float> to, const float* from);
    void synchronize() { check(cudaDeviceSynchronize()); }
    void set_clock(const StepCounter& clock);
    /// Throws GpuError unless the clock on the device stands at this step.
    void require_steps(std::uint64_t steps) { require_counted(steps, clock().step); }
    /// The same of a clock that stands at `counted`.
    void require_counted(std::uint64_t steps, std::uint64_t counted) const;
    void initialize(Vector<float> w, int fan_in, int fan_out, std::uint64_t offset) {
        ae::initialize(stream_, w, Glorot::of(schedule_.order.seed, fan_in, fan_out, offset));
    }

    /// The memory and the stream that the verbs of a step work on; valid until stage().
    DeviceRun context() const;

    Range range(Activity activity) const { return Range(activity); }

    /// Launches the body when a key comes first: cuBLAS loads and chooses its kernels, which cannot be recorded. From
    /// the second time on the key's recording is replayed: one call instead of a step's two dozen launches. Inside a
    /// body that is being recorded it only adds to that recording.
    template <typename F>
    void replay(const RecordingKey& key, F body) {
        const Range step(Activity::step);
        if (!record_ || is_recording_) return body();
        const auto [at, is_first] = recordings_.try_emplace(key);
        if (is_first) return body();
        if (!at->second) at->second = record(body);
        at->second->launch(stream_);
    }

    /// Seconds that `body` takes on the device, launched often in a row. The clock is as if it had run once.
    template <typename F>
    double seconds_of(const F& body) {
        const StepCounter before = clock();
        body();  // once directly: what it loads and chooses cannot be recorded
        const float milliseconds = median_milliseconds(stream_, body, kTimedLaunches);
        set_clock(before);
        body();
        synchronize();
        return static_cast<double>(milliseconds) / 1e3;
    }

    /// The kernels of a body, which is recorded and not run. It must have run before.
    template <typename F>
    StepLaunches launches_of(const F& body) {
        const Flag here(is_recording_);
        CaptureScope scope(stream_);
        body();
        return count_launches(scope.end());
    }

    /// From now on nothing is replayed that was recorded before.
    void forget_recordings() { recordings_.clear(); }

    // --- results -----------------------------------------------------------------------------------------------------
    double mean_loss(std::uint32_t n) { return means_now(n, 0).loss; }
    Metrics mean_scores(int n) { return means_now(0, n).validation; }
    void keep_result(std::uint32_t images, int validation_images) {
        means(stream_, results_.data(), kKeptResults, scores(images, validation_images), schedule_);
    }
    std::vector<EpochResult> kept_results();
    void download_losses(std::span<float> to) { download(to, losses_.data()); }
    void upload_losses(std::span<const float> from) { upload(losses_.data(), from); }
    void download_scores(std::span<float> bce, std::span<float> mse) {
        download(bce, scores_bce_.data());
        download(mse, scores_mse_.data());
    }

private:
    template <typename F>
    Graph record(F body) {
        const Range recording(Activity::record);
        const Flag here(is_recording_);
        return capture(stream_, body);
    }

    /// Sets a flag for as long as it lives.
    class Flag {
    public:
        explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
        Flag(const Flag&) = delete;
        Flag& operator=(const Flag&) = delete;
        ~Flag() { flag_ = false; }

    private:
        bool& flag_;
    };

    static constexpr int kTimedLaunches = 20;  ///< so that what events take is nothing to the share of one

    StepCounter clock();
    void wait() const { check(cudaStreamSynchronize(stream_)); }
    EpochScores scores(std::uint32_t images, int validation_images) const {
        return {losses_.data(), scores_bce_.data(), scores_mse_.data(), images,
                static_cast<std::uint32_t>(validation_images)};
    }
    EpochResult means_now(std::uint32_t images, int validation_images);

    /// The images of a set in device memory: bytes, or numbers where they are none.
    struct Staged {
        DeviceBuffer<std::uint8_t> bytes;
        DeviceBuffer<float> numbers;

        StagedImages view() const {
            return numbers.size() > 0 ? StagedImages(numbers.data()) : StagedImages(bytes.data());
        }
    };
    Staged staged(const Images& images);

    Group* group_;
    std::unique_ptr<RankSum> sum_;  ///< of several ranks; outlives the recordings that hold its sums
    Stream stream_ = make_stream();
    DeviceBuffer<StepCounter> clock_{1};
    Schedule schedule_;
    NoiseStream noise_{};
    int capacity_;
    Staged train_, test_;
    DeviceBuffer<float> losses_;  ///< of the images of the current epoch, in their order
    DeviceBuffer<float> scores_bce_, scores_mse_;
    std::vector<DeviceBuffer<float>> memory_;
    DeviceBuffer<EpochResult> results_{kKeptResults};
    DeviceBuffer<EpochResult> asked_{1};  ///< means that were asked for outside an epoch's end
    bool record_, is_recording_ = false;
    std::map<RecordingKey, std::optional<Graph>> recordings_;  ///< empty after a key's first, unrecorded run
};

}  // namespace ae
