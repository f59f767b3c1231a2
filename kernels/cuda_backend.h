// The verbs of a step on a GPU, with the memory they work on.
//
// The data set is copied to the device once, as bytes. From then on nothing crosses the bus during a step: parameters,
// activations, losses and the clock stay in device memory. Everything runs in one stream but the products that only
// Adam waits for, which run beside it.
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
    void initialize(Vector<float> w, int fan_in, int fan_out, std::uint64_t offset) {
        ae::initialize(stream_, w, Glorot::of(schedule_.order.seed, fan_in, fan_out, offset));
    }

    Range range(Activity activity) const { return Range(activity); }

    /// Launches the body when a key comes first: cuBLAS loads and chooses its kernels, which cannot be recorded. From
    /// the second time on the key's recording is replayed: one call instead of a step's two dozen launches. What a
    /// negative key stands for has been warmed up already, and is recorded at once.
    template <typename F>
    void replay(int key, F body) {
        const Range step(Activity::step);
        if (!record_) return body();
        const auto [at, is_first] = recordings_.try_emplace(key);
        if (is_first && key >= 0) return body();
        if (!at->second) at->second = record(body);
        at->second->launch(stream_);
    }

    // --- the verbs of a step -----------------------------------------------------------------------------------------
    void tick() { ae::tick(stream_, schedule_); }
    void gather(Matrix<float> x) { ae::gather(stream_, x, train_.data(), schedule_); }
    void matmul(Matrix<float> c, Matrix<float> a, Matrix<float> b) { cublas_.matmul(c, a, b); }
    /// Gradients of weights: only Adam waits for them, so they run beside the way back through the layers.
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
    void adam(Vector<float> w, Vector<float> m, Vector<float> v, Vector<float> g) {
        join();
        ae::adam(stream_, w, m, v, g, schedule_);
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
    double mean_loss(std::uint32_t n) { return mean(stream_, losses_.data(), n); }
    Metrics mean_scores(int n) {
        const auto count = static_cast<std::size_t>(n);
        return {mean(stream_, scores_bce_.data(), count), mean(stream_, scores_mse_.data(), count)};
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

    /// Runs body(stream, cublas) beside what follows on the main stream, on the side streams in turn.
    template <typename F>
    void beside(F body) {
        sides_[next_side_].fork(stream_, body);
        next_side_ = (next_side_ + 1) % sides_.size();
    }

private:
    void join() {
        for (SideStream& side : sides_) side.join(stream_);
        next_side_ = 0;
    }

    template <typename F>
    Graph record(F body) {
        const Range recording(Activity::record);
        return capture(stream_, body);
    }

    DeviceBuffer<std::uint8_t> staged(const std::vector<std::uint8_t>& images);

    Stream stream_ = make_stream();
    Cublas cublas_;
    std::array<SideStream, 2> sides_;
    std::size_t next_side_ = 0;
    DeviceBuffer<Clock> clock_{1};
    Schedule schedule_;
    NoiseStream noise_;
    DeviceBuffer<std::uint8_t> train_, test_;  ///< images × pixels
    DeviceBuffer<float> losses_;               ///< of the images of the current epoch, in their order
    DeviceBuffer<float> scores_bce_, scores_mse_;
    std::vector<DeviceBuffer<float>> memory_;
    bool record_;
    std::map<int, std::optional<Graph>> recordings_;  ///< by key; empty after its first, unrecorded run
};

}  // namespace ae
