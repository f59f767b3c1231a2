// The verbs of a step on a GPU, with the memory they work on.
//
// The data set is copied to the device once, as bytes. From then on nothing crosses the bus during a step: parameters,
// activations, losses and the clock stay in device memory. What nobody waits for runs beside the main stream: gradients
// of weights and their updates, and the gathering of the next batch.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "ae/engine.h"
#include "ae/step.h"
#include "cublas.h"
#include "cuda.h"
#include "engine/backend_engine.h"
#include "event_timer.h"
#include "gpu.h"
#include "range.h"
#include "side_stream.h"
#include "verbs.h"

namespace ae {

class CudaBackend {
public:
    using Real = float;
    static constexpr int kEvaluationRows = 2500;  // a quarter of MNIST's validation images, 20 MB of activations

    /// capacity: the most rows that a verb will be given.
    CudaBackend(const Settings& settings, const Dataset& data, int capacity, const EngineOptions& options);

    std::string device() const { return current_gpu(); }

    // --- memory ------------------------------------------------------------------------------------------------------
    float* allocate(std::size_t n) { return memory_.emplace_back(n).data(); }
    void upload(float* to, std::span<const float> from);
    void download(std::span<float> to, const float* from);
    void synchronize() {
        join();
        check(cudaStreamSynchronize(stream_));
    }
    void set_clock(const Clock& clock);
    /// Throws GpuError unless the clock on the device stands at this step.
    void require_steps(std::uint64_t steps);
    void initialize(Vector<float> w, int fan_in, int fan_out, std::uint64_t offset) {
        ae::initialize(stream_, w, Glorot::of(schedule_.order.seed, fan_in, fan_out, offset));
    }

    Range range(Activity activity) const { return Range(activity); }

    /// Launches the body when a key comes first: cuBLAS loads and chooses its kernels, which cannot be recorded. From
    /// the second time on the key's recording is replayed: one call instead of a step's two dozen launches. Inside a
    /// body that is being recorded it only adds to that recording.
    template <typename F>
    void replay(const RecordingKey& key, F body) {
        const Range step(Activity::step);
        const auto launch = [&] {
            body();
            join();
        };
        if (!record_ || is_recording_) return launch();
        const auto [at, is_first] = recordings_.try_emplace(key);
        if (is_first) return launch();
        if (!at->second) at->second = record(launch);
        at->second->launch(stream_);
    }

    /// Seconds that `body` takes on the device, launched often in a row. The clock is as if it had run once.
    template <typename F>
    double device_seconds(F body) {
        const auto launch = [&] {
            body();
            join();
        };
        const Clock before = clock();
        launch();  // once directly: what it loads and chooses cannot be recorded
        const float milliseconds = median_milliseconds(stream_, launch, kTimedLaunches);
        CudaBackend::set_clock(before);
        launch();
        synchronize();
        return static_cast<double>(milliseconds) / 1e3;
    }

    // --- the verbs of a step -----------------------------------------------------------------------------------------
    void tick() { ae::tick(stream_, schedule_); }
    void gather(Matrix<float> x) { ae::gather(stream_, x, train_.data(), schedule_); }
    /// Beside all of this step: the next one then begins with its first product.
    void gather_next(Matrix<float> x) {
        ahead_.fork(stream_, [&](cudaStream_t stream) { ae::gather_next(stream, x, train_.data(), schedule_); });
    }
    void matmul(Matrix<float> c, Matrix<float> a, Matrix<float> b) { cublas_.matmul(c, a, b); }
    /// Gradients of weights, for which only Adam waits: so both run beside the way back through the layers.
    void matmul_tn(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
        beside([&](cudaStream_t, Cublas& cublas) { cublas.matmul_tn(c, a, b); });
    }
    void matmul_nt(Matrix<float> c, Matrix<float> a, Matrix<float> b) { cublas_.matmul_nt(c, a, b); }
    void corrupt(Matrix<float> noisy, Matrix<float> x) { ae::corrupt(stream_, noisy, x, noise_, schedule_); }
    void bias_activation(Matrix<float> z, Vector<float> bias, Activation f) {
        ae::bias_activation(stream_, z, bias, f);
    }
    void bce(Matrix<float> z, Vector<float> bias, Matrix<float> x) {
        ae::bce(stream_, z, losses_.data(), bias, x, schedule_);
    }
    void activation_grad(Matrix<float> da, Vector<float> bias_gradient, Matrix<float> a, Activation f) {
        ae::activation_grad(stream_, da, bias_gradient, a, f);
    }
    /// The gradient of the last bias, for which only Adam waits as well.
    void sum_rows(Vector<float> y, Matrix<float> x) {
        beside([&](cudaStream_t stream, Cublas&) { ae::sum_rows(stream, y, x); });
    }
    /// Ends what is done for a layer: the next one's gradients take another stream.
    void adam(Vector<float> w, Vector<float> m, Vector<float> v, Vector<float> g) {
        beside([&](cudaStream_t stream, Cublas&) { ae::adam(stream, w, m, v, g, schedule_); });
        layer_ = (layer_ + 1) % layers_.size();
    }
    void bias_sigmoid(Matrix<float> z, Vector<float> bias) { ae::bias_sigmoid(stream_, z, bias); }

    // --- evaluation --------------------------------------------------------------------------------------------------
    void fetch(Matrix<float> x, ImageSet set, int first) {
        const auto& images = set == ImageSet::train ? train_ : test_;
        ae::fetch(stream_, x, images.data(), static_cast<std::uint32_t>(first));
    }
    void corrupt(Matrix<float> noisy, Matrix<float> x, int first) {
        ae::corrupt(stream_, noisy, x, noise_, static_cast<std::uint32_t>(first));
    }
    void score(Matrix<float> z, Vector<float> bias, Matrix<float> x, int place) {
        ae::score(stream_, scores_bce_.data() + place, scores_mse_.data() + place, z, bias, x);
    }
    double mean_loss(std::uint32_t n) { return means_now(n, 0).loss; }
    Metrics mean_scores(int n) { return means_now(0, n).validation; }
    void keep_result(std::uint32_t images, int validation_images) {
        means(stream_, results_.data(), kKeptResults, scores(images, validation_images), schedule_);
    }
    std::vector<EpochResult> kept_results() {
        std::vector<EpochResult> results(kKeptResults);
        copy(results.data(), results_.data(), results.size(), stream_);
        synchronize();
        return results;
    }
    void download_losses(std::span<float> to) { download(to, losses_.data()); }
    void upload_losses(std::span<const float> from) { upload(losses_.data(), from); }
    void download_scores(std::span<float> bce, std::span<float> mse) {
        download(bce, scores_bce_.data());
        download(mse, scores_mse_.data());
    }

protected:
    // --- for a backend with kernels or products of its own -----------------------------------------------------------
    const Stream& stream() const { return stream_; }
    Cublas& cublas() { return cublas_; }
    const Schedule& schedule() const { return schedule_; }
    const std::uint8_t* training_images() const { return train_.data(); }
    float* epoch_losses() const { return losses_.data(); }

    /// Runs body(stream, cublas) beside what follows on the main stream, behind what was done before for this layer.
    template <typename F>
    void beside(F body) {
        Side& side = layers_[layer_];
        side.stream.fork(stream_, [&](cudaStream_t stream) { body(stream, side.cublas); });
    }

private:
    /// A stream for gradients and updates. It has a cuBLAS of its own: a workspace that two streams share would be a
    /// race.
    struct Side {
        SideStream stream;
        Cublas cublas;
        explicit Side(Math math) : cublas(stream, math) {}
    };

    void join() {
        ahead_.join(stream_);
        for (Side& side : layers_) side.stream.join(stream_);
        layer_ = 0;
    }

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

    EpochScores scores(std::uint32_t images, int validation_images) const {
        return {losses_.data(), scores_bce_.data(), scores_mse_.data(), images,
                static_cast<std::uint32_t>(validation_images)};
    }
    static constexpr int kTimedLaunches =
        20;  ///< enough that what events themselves take is nothing to the share of one

    Clock clock();
    EpochResult means_now(std::uint32_t images, int validation_images);

    DeviceBuffer<std::uint8_t> staged(const std::vector<std::uint8_t>& images);

    Stream stream_ = make_stream();
    Cublas cublas_;
    SideStream ahead_;            ///< for the next batch
    std::array<Side, 2> layers_;  ///< that take turns
    std::size_t layer_ = 0;
    DeviceBuffer<Clock> clock_{1};
    Schedule schedule_;
    NoiseStream noise_;
    DeviceBuffer<std::uint8_t> train_, test_;  ///< images × pixels
    DeviceBuffer<float> losses_;               ///< of the images of the current epoch, in their order
    DeviceBuffer<float> scores_bce_, scores_mse_;
    std::vector<DeviceBuffer<float>> memory_;
    DeviceBuffer<EpochResult> results_{kKeptResults};
    DeviceBuffer<EpochResult> asked_{1};  ///< means that were asked for outside an epoch's end
    bool record_, is_recording_ = false;
    std::map<RecordingKey, std::optional<Graph>> recordings_;  ///< empty after a key's first, unrecorded run
};

}  // namespace ae
