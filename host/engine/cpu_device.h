// The CPU as a device: memory, a pool of threads, the images without their black pixels, and the results of an epoch.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "base/cpu_info.h"
#include "base/stopwatch.h"
#include "base/thread_pool.h"
#include "engine/cpu_images.h"
#include "engine/device.h"

namespace ae {

template <typename T>
class CpuDevice {
public:
    using Real = T;
    static constexpr int kEvaluationRows = 256;  // activations of a chunk stay in the second-level cache

    /// capacity: the largest number of rows that are scored at a time, apart from validation.
    CpuDevice(const EngineOptions& options, int capacity)
        : pool_(options.threads),
          images_(options.images),
          scores_bce_(static_cast<std::size_t>(capacity)),
          scores_mse_(scores_bce_.size()) {}

    std::string name() const {
        const int n = pool_.threads();
        return cpu_model() + ", " + std::to_string(n) + (n == 1 ? " thread" : " threads");
    }

    // --- memory --------------------------------------------------------------------------------------------------
    T* allocate(std::size_t n) {
        memory_.emplace_back(static_cast<T*>(::operator new(n * sizeof(T), kAlignment)));
        std::fill_n(memory_.back().get(), n, T(0));
        return memory_.back().get();
    }
    T* allocate_gradients(std::size_t n) { return allocate(n); }
    void upload(T* to, std::span<const float> from) { std::copy(from.begin(), from.end(), to); }
    void download(std::span<float> to, const T* from) {
        std::transform(from, from + to.size(), to.begin(), [](T value) { return static_cast<float>(value); });
    }
    void synchronize() {}
    void initialize(Vector<T> w, int fan_in, int fan_out, std::uint64_t offset) {
        const auto glorot = Glorot::of(order_.seed, fan_in, fan_out, offset);
        pool_.for_range(w.size, kElements, [&](int first, int count) {
            for (int i = first; i < first + count; ++i) w.data[i] = glorot(static_cast<std::uint64_t>(i));
        });
    }
    /// shard: the rank whose rows of each batch are trained on here.
    void stage(const Settings& settings, const Dataset& data, Shard shard = {}) {
        adam_ = settings.adam;
        order_ = Order::of(settings, data.train, shard);
        noise_ = {settings.noise, settings.seed, 0, data.train.height, data.train.width};
        if (!images_) images_ = std::make_shared<const CpuImageSets>(data, pool_);
        if (!images_->train.may_be(data.train) || !images_->test.may_be(data.test))
            throw std::logic_error("the images that the engine is to share are those of other data");
        losses_.resize(static_cast<std::size_t>(data.train.count));
        scores_bce_.resize(std::max(scores_bce_.size(), static_cast<std::size_t>(data.test.count)));
        scores_mse_.resize(scores_bce_.size());
    }

    void set_clock(const StepCounter& clock) { clock_ = clock; }
    void require_steps(std::uint64_t steps) const {
        if (clock_.step != steps) throw std::logic_error("the CPU's clock stands at another step");
    }
    template <typename F>
    double seconds_of(const F& act) {
        const Stopwatch watch;
        act();
        return watch.seconds();
    }
    template <typename F>
    static StepLaunches launches_of(const F&) {
        return {};  // nothing is launched
    }
    static int range(Activity) { return 0; }
    template <typename F>
    void replay(const RecordingKey&, F body) {
        body();
    }

    // --- for the verbs of a step ----------------------------------------------------------------------------------
    CpuDevice& context() { return *this; }

    static constexpr int kElements = 16384;  // of an array in a task: enough to outweigh its overhead

    ThreadPool& pool() { return pool_; }
    const CpuImages& images_of(ImageSet set) const { return set == ImageSet::train ? images_->train : images_->test; }
    const Order& order() const { return order_; }
    /// From now on, the rows of this shard of each batch are trained on.
    void take_shard(Shard shard) {
        order_.rank = static_cast<std::uint32_t>(shard.rank);
        order_.ranks = static_cast<std::uint32_t>(shard.ranks);
    }
    const NoiseStream& noise() const { return noise_; }
    void tick() { ae::tick(clock_, adam_); }
    std::uint64_t step() const { return clock_.step - 1; }  ///< the current one, counted from 0
    AdamCoefficients<T> adam_coefficients() const { return AdamCoefficients<T>::of(adam_, clock_); }

    /// Keeps the loss of a row of the current step, or the scores of an image, from sums over `n` pixels.
    void keep_loss(int row, double sum, int n) {
        losses_[order_.first(step()) + static_cast<std::uint32_t>(row)] = static_cast<float>(sum / n);
    }
    void keep_scores(int place, double bce, double squares, int n) {
        const auto at = static_cast<std::size_t>(place);
        scores_bce_[at] = static_cast<float>(bce / n), scores_mse_[at] = static_cast<float>(squares / n);
    }

    /// The losses of the current step's whole batch.
    std::span<float> batch_losses() {
        return std::span(losses_).subspan(order_.batch_first(step()), order_.batch_rows(step()));
    }

    // --- results --------------------------------------------------------------------------------------------------
    double mean_loss(std::uint32_t n) { return mean(losses_, n); }
    Metrics mean_scores(int n) {
        return {mean(scores_bce_, static_cast<std::size_t>(n)), mean(scores_mse_, static_cast<std::size_t>(n))};
    }
    void keep_result(std::uint32_t images, int validation_images) {
        const std::uint64_t epoch = step() / order_.steps_per_epoch();
        results_[epoch % kKeptResults] = {mean_loss(images), mean_scores(validation_images)};
    }
    std::vector<EpochResult> kept_results() const { return {results_.begin(), results_.end()}; }
    void download_losses(std::span<float> to) { std::copy_n(losses_.begin(), to.size(), to.begin()); }
    void upload_losses(std::span<const float> from) { std::copy(from.begin(), from.end(), losses_.begin()); }
    /// The kept scores of the first n images: bce, mse.
    std::array<std::span<float>, 2> scores(std::size_t n) {
        return {std::span(scores_bce_).first(n), std::span(scores_mse_).first(n)};
    }
    void download_scores(std::span<float> bce, std::span<float> mse) {
        std::copy_n(scores_bce_.begin(), bce.size(), bce.begin());
        std::copy_n(scores_mse_.begin(), mse.size(), mse.begin());
    }

private:
    static constexpr std::align_val_t kAlignment{64};

    struct Free {
        void operator()(T* p) const { ::operator delete(p, kAlignment); }
    };

    static double mean(const std::vector<float>& values, std::size_t n) {
        const double sum = std::accumulate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n), 0.0);
        return n == 0 ? 0 : sum / static_cast<double>(n);
    }

    ThreadPool pool_;
    Adam adam_;
    Order order_;
    NoiseStream noise_{};
    std::shared_ptr<const CpuImageSets> images_;
    std::vector<float> losses_, scores_bce_, scores_mse_;
    std::array<EpochResult, kKeptResults> results_{};
    std::vector<std::unique_ptr<T[], Free>> memory_;
    StepCounter clock_;
};

}  // namespace ae
