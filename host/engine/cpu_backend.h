// The verbs of a step on the CPU: OpenBLAS for the products, vectorised loops for the rest, a pool of threads for all.
// In double it is the truth that the tests compare every engine with; in float, CpuLayerBackend makes it fast.
//
// Every verb is cut into tasks that depend on the shapes alone, and no sum runs across tasks: the bits are the same for
// any number of threads.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/step.h"
#include "engine/backend_engine.h"
#include "engine/blas.h"
#include "engine/cpu_info.h"
#include "engine/cpu_loops.h"
#include "engine/sparse_images.h"
#include "engine/thread_pool.h"

namespace ae {

template <typename T>
class CpuBackend {
public:
    using Real = T;
    static constexpr int kEvaluationRows = 256;  // activations of a chunk stay in the second-level cache

    CpuBackend(const Settings& settings, const Dataset& data, int capacity, const EngineOptions& options)
        : pool_(options.threads),
          mantissa_bits_(mantissa_bits(options.math)),
          adam_(settings.adam),
          order_{settings.seed, static_cast<std::uint32_t>(data.train.count),
                 static_cast<std::uint32_t>(settings.batch_size)},
          noise_{settings.noise, settings.seed, 0, data.train.height, data.train.width},
          train_(data.train),
          test_(data.test),
          losses_(static_cast<std::size_t>(data.train.count)),
          scores_bce_(static_cast<std::size_t>(std::max(capacity, data.test.count))),
          scores_mse_(scores_bce_.size()) {}

    std::string device() const {
        const int n = pool_.threads();
        return cpu_model() + ", " + std::to_string(n) + (n == 1 ? " thread" : " threads");
    }

    // --- memory --------------------------------------------------------------------------------------------------
    T* allocate(std::size_t n) {
        memory_.emplace_back(static_cast<T*>(::operator new(n * sizeof(T), kAlignment)));
        std::fill_n(memory_.back().get(), n, T(0));
        return memory_.back().get();
    }
    void upload(T* to, std::span<const float> from) { std::copy(from.begin(), from.end(), to); }
    void download(std::span<float> to, const T* from) {
        std::transform(from, from + to.size(), to.begin(), [](T value) { return static_cast<float>(value); });
    }
    void synchronize() {}
    void set_clock(const Clock& clock) { clock_ = clock; }
    void initialize(Vector<T> w, int fan_in, int fan_out, std::uint64_t offset) {
        const auto glorot = Glorot::of(order_.seed, fan_in, fan_out, offset);
        for_range(w.size, kElements, [&](int first, int count) {
            for (int i = first; i < first + count; ++i) w.data[i] = glorot(static_cast<std::uint64_t>(i));
        });
    }
    static int range(Activity) { return 0; }
    template <typename F>
    void replay(const RecordingKey&, F body) {
        body();
    }

    // --- the verbs of a step --------------------------------------------------------------------------------------
    void tick() { ae::tick(clock_, adam_); }

    void gather(Matrix<T> x) {
        for_images(x.rows, step_images(), [&](int r, std::span<const std::uint32_t> images) {
            expand(x.row_block(r, static_cast<int>(images.size())), train_, images);
        });
    }

    void matmul(Matrix<T> c, Matrix<T> a, Matrix<T> b) { dense({c, a, b, false, false}); }
    void matmul_tn(Matrix<T> c, Matrix<T> a, Matrix<T> b) { dense({c, a, b, true, false}); }
    void matmul_nt(Matrix<T> c, Matrix<T> a, Matrix<T> b) { dense({c, a, b, false, true}); }

    void corrupt(Matrix<T> noisy, Matrix<T> x) { corrupt(noisy, x, clock_.step, 0); }

    void bias_activation(Matrix<T> z, Vector<T> bias, Activation f) {
        for_range(z.rows, kRows, [&](int r, int n) { loops<T>().bias_activation(z, bias, f, {r, n, 0, z.cols}); });
    }

    void bce(Matrix<T> z, Vector<T> bias, Matrix<T> x) {
        float* losses = step_losses();
        for_range(z.rows, kRows, [&](int first, int n) {
            for (int r = first; r < first + n; ++r)
                losses[r] = mean_of(loops<T>().bce({z.row(r), z.cols}, bias.data, x.row(r), loss_scale(z)), z.cols);
        });
    }

    void activation_grad(Matrix<T> da, Vector<T> bias_gradient, Matrix<T> a, Activation f) {
        for_range(da.cols, kColumns, [&](int c, int n) {
            loops<T>().activation_grad(da, bias_gradient, a, f, {0, da.rows, c, n});
        });
    }

    void sum_rows(Vector<T> y, Matrix<T> x) {
        for_range(x.cols, kColumns, [&](int c, int n) { loops<T>().sum_rows(y, x, c, c + n); });
    }

    void adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g) {
        const auto c = adam_coefficients();
        for_range(w.size, kElements, [&](int i, int n) { loops<T>().adam(w, m, v, g, c, i, i + n); });
    }

    void bias_sigmoid(Matrix<T> z, Vector<T> bias) {
        for_range(z.rows, kRows, [&](int r, int n) { loops<T>().bias_sigmoid(z.row_block(r, n), bias); });
    }

    // --- evaluation -----------------------------------------------------------------------------------------------
    void fetch(Matrix<T> x, ImageSet set, int first) {
        for_images(x.rows, images_from(first), [&](int r, std::span<const std::uint32_t> images) {
            expand(x.row_block(r, static_cast<int>(images.size())), images_of(set), images);
        });
    }

    void corrupt(Matrix<T> noisy, Matrix<T> x, int first) { corrupt(noisy, x, 0, static_cast<std::uint32_t>(first)); }

    void score(Matrix<T> z, Vector<T> bias, Matrix<T> x, int place) {
        for_range(z.rows, kRows, [&](int first, int n) {
            for (int r = first; r < first + n; ++r) score_row(z, bias, x.row(r), r, place);
        });
    }

    double mean_loss(std::uint32_t n) { return mean(losses_, n); }
    Metrics mean_scores(int n) {
        return {mean(scores_bce_, static_cast<std::size_t>(n)), mean(scores_mse_, static_cast<std::size_t>(n))};
    }
    void keep_result(std::uint32_t images, int validation_images) {
        const std::uint64_t epoch = (clock_.step - 1) / order_.steps_per_epoch();
        results_[epoch % kKeptResults] = {mean_loss(images), mean_scores(validation_images)};
    }
    std::vector<EpochResult> kept_results() const { return {results_.begin(), results_.end()}; }
    void download_losses(std::span<float> to) { std::copy_n(losses_.begin(), to.size(), to.begin()); }
    void upload_losses(std::span<const float> from) { std::copy(from.begin(), from.end(), losses_.begin()); }
    void download_scores(std::span<float> bce, std::span<float> mse) {
        std::copy_n(scores_bce_.begin(), bce.size(), bce.begin());
        std::copy_n(scores_mse_.begin(), mse.size(), mse.begin());
    }

protected:
    // Sizes of tasks: small enough to share out evenly, large enough to pay for the sharing.
    static constexpr int kRows = 16, kColumns = 64, kElements = 16384;

    ThreadPool& pool() { return pool_; }
    const SparseImages& images_of(ImageSet set) const { return set == ImageSet::train ? train_ : test_; }
    AdamCoefficients<T> adam_coefficients() const { return AdamCoefficients<T>::of(adam_, clock_); }

    /// Which images a batch has, by its row: those of the step; those from `first` on.
    auto step_images() const {
        return [this](int row) { return order_.image(clock_.step - 1, static_cast<std::uint32_t>(row)); };
    }
    static auto images_from(int first) {
        return [first](int row) { return static_cast<std::uint32_t>(first + row); };
    }

    /// Calls body(first, images) for blocks of a batch's rows.
    template <typename ImageOf, typename Body>
    void for_images(int rows, ImageOf image_of, Body body) {
        for_range(rows, kRows, [&](int first, int n) {
            std::array<std::uint32_t, kRows> images;
            for (int i = 0; i < n; ++i) images[static_cast<std::size_t>(i)] = image_of(first + i);
            body(first, std::span<const std::uint32_t>(images).first(static_cast<std::size_t>(n)));
        });
    }

    /// Calls body(first, count) for blocks of `size` of 0 … n−1.
    template <typename Body>
    void for_range(int n, int size, Body body) {
        pool_.run((n + size - 1) / size, [&](int i) { body(i * size, std::min(size, n - i * size)); });
    }

    void dense(Product<T> p) {
        p.mantissa_bits = mantissa_bits_;
        const Tiling tiles = Tiling::by_wide_side(p.c.rows, p.c.cols);
        pool_.run(tiles.count(), [&](int i) { multiply(p, tiles[i]); });
    }

    float* step_losses() { return losses_.data() + order_.first(clock_.step - 1); }
    static T loss_scale(const Matrix<T>& z) { return T(1) / (static_cast<T>(z.rows) * static_cast<T>(z.cols)); }
    static float mean_of(double sum, int n) { return static_cast<float>(sum / n); }

    void score_row(const Matrix<T>& z, const Vector<T>& bias, const T* x, int row, int place) {
        const auto score = loops<T>().score({z.row(row), z.cols}, bias.data, x);
        const auto at = static_cast<std::size_t>(place + row);
        scores_bce_[at] = mean_of(score.bce, z.cols), scores_mse_[at] = mean_of(score.squares, z.cols);
    }

private:
    static constexpr std::align_val_t kAlignment{64};

    struct Free {
        void operator()(T* p) const { ::operator delete(p, kAlignment); }
    };

    void corrupt(Matrix<T> noisy, Matrix<T> x, std::uint64_t stream, std::uint32_t first) {
        NoiseStream noise = noise_;
        noise.stream = stream;
        for_range(x.rows, kRows, [&](int r, int n) {
            loops<T>().corrupt(noisy.row_block(r, n), x.row_block(r, n), noise, first + static_cast<std::uint32_t>(r));
        });
    }

    static double mean(const std::vector<float>& values, std::size_t n) {
        const double sum = std::accumulate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n), 0.0);
        return n == 0 ? 0 : sum / static_cast<double>(n);
    }

    ThreadPool pool_;
    int mantissa_bits_;
    Adam adam_;
    Order order_;
    NoiseStream noise_;
    SparseImages train_, test_;
    std::vector<float> losses_, scores_bce_, scores_mse_;
    std::array<EpochResult, kKeptResults> results_{};
    std::vector<std::unique_ptr<T[], Free>> memory_;
    Clock clock_;
};

}  // namespace ae
