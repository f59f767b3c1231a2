// The verbs of a step on the CPU: OpenBLAS for the products, vectorised loops for the rest, a pool of threads for all.
// In double, with dense products only, it is the truth that the tests compare every engine with.
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
#include <type_traits>
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
    void upload(T* to, std::span<const float> from) {
        std::copy(from.begin(), from.end(), to);
        if (to == batch_.x) batch_ = {};
    }
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
        batch_ = {x.data, &train_, std::vector<std::uint32_t>(static_cast<std::size_t>(x.rows))};
        for (std::uint32_t r = 0; r < batch_.images.size(); ++r) batch_.images[r] = order_.image(clock_.step - 1, r);
        expand_batch(x);
    }

    void matmul(Matrix<T> c, Matrix<T> a, Matrix<T> b) {
        if constexpr (kSparse)
            if (is_sparse(a)) {
                for_range(c.rows, kRows, [&](int r, int n) { multiply(c.row_block(r, n), batch_.rows(r, n), b); });
                return;
            }
        dense({c, a, b, false, false});
    }

    void matmul_tn(Matrix<T> c, Matrix<T> a, Matrix<T> b) {
        if constexpr (kSparse)
            if (is_sparse(a)) {
                pool_.run(batch_.set->blocks(), [&](int i) { multiply_tn(c, batch_.rows(0, a.rows), b, i); });
                return;
            }
        dense({c, a, b, true, false});
    }

    void matmul_nt(Matrix<T> c, Matrix<T> a, Matrix<T> b) { dense({c, a, b, false, true}); }

    void corrupt(Matrix<T> noisy, Matrix<T> x) { corrupt(noisy, x, clock_.step, 0); }

    void bias_activation(Matrix<T> z, Vector<T> bias, Activation f) {
        for_range(z.rows, kRows, [&](int r, int n) { Loops<T>::bias_activation(z.row_block(r, n), bias, f); });
    }

    void bce(Matrix<T> z, Vector<T> bias, Matrix<T> x) {
        const T scale = T(1) / (static_cast<T>(z.rows) * static_cast<T>(z.cols));
        const std::size_t begin = order_.first(clock_.step - 1);
        for_range(z.rows, kRows, [&](int r, int n) {
            Loops<T>::bce(z.row_block(r, n), bias, x.row_block(r, n), scale, part(losses_, begin, r, n));
        });
    }

    void activation_grad(Matrix<T> da, Vector<T> bias_gradient, Matrix<T> a, Activation f) {
        for_range(da.cols, kColumns, [&](int c, int n) {
            Loops<T>::activation_grad(da, bias_gradient, a, f, {c, c + n});
        });
    }

    void sum_rows(Vector<T> y, Matrix<T> x) {
        for_range(x.cols, kColumns, [&](int c, int n) { Loops<T>::sum_rows(y, x, c, c + n); });
    }

    void adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g) {
        const auto c = AdamCoefficients<T>::of(adam_, clock_);
        for_range(w.size, kElements, [&](int i, int n) { Loops<T>::adam(w, m, v, g, c, i, i + n); });
    }

    void bias_sigmoid(Matrix<T> z, Vector<T> bias) {
        for_range(z.rows, kRows, [&](int r, int n) { Loops<T>::bias_sigmoid(z.row_block(r, n), bias); });
    }

    // --- evaluation -----------------------------------------------------------------------------------------------
    void fetch(Matrix<T> x, ImageSet set, int first) {
        batch_ = {x.data, set == ImageSet::train ? &train_ : &test_,
                  std::vector<std::uint32_t>(static_cast<std::size_t>(x.rows))};
        std::iota(batch_.images.begin(), batch_.images.end(), static_cast<std::uint32_t>(first));
        expand_batch(x);
    }

    void corrupt(Matrix<T> noisy, Matrix<T> x, int first) { corrupt(noisy, x, 0, static_cast<std::uint32_t>(first)); }

    void score(Matrix<T> z, Vector<T> bias, Matrix<T> x, int place) {
        const auto begin = static_cast<std::size_t>(place);
        for_range(z.rows, kRows, [&](int r, int n) {
            Loops<T>::score(z.row_block(r, n), bias, x.row_block(r, n), part(scores_bce_, begin, r, n),
                            part(scores_mse_, begin, r, n));
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

private:
    static constexpr bool kSparse = std::is_same_v<T, float>;
    static constexpr double kDenseFrom = 0.4;  // above this share of non-zero pixels OpenBLAS is faster
    static constexpr std::align_val_t kAlignment{64};

    // Sizes of tasks: small enough to share out evenly, large enough to pay for the sharing.
    static constexpr int kRows = 16, kColumns = 64, kElements = 16384;

    struct Free {
        void operator()(T* p) const { ::operator delete(p, kAlignment); }
    };

    /// The images that lie expanded at x.
    struct Batch {
        const T* x = nullptr;
        const SparseImages* set = nullptr;
        std::vector<std::uint32_t> images;

        SparseRows rows(int first, int count) const { return SparseRows{set, images}.block(first, count); }
    };

    bool is_sparse(const Matrix<T>& a) const { return a.data == batch_.x && batch_.set->density() < kDenseFrom; }

    void corrupt(Matrix<T> noisy, Matrix<T> x, std::uint64_t stream, std::uint32_t first) {
        NoiseStream noise = noise_;
        noise.stream = stream;
        for_range(x.rows, kRows, [&](int r, int n) {
            Loops<T>::corrupt(noisy.row_block(r, n), x.row_block(r, n), noise, first + static_cast<std::uint32_t>(r));
        });
    }

    void expand_batch(Matrix<T> x) {
        for_range(x.rows, kRows, [&](int r, int n) { expand(x.row_block(r, n), batch_.rows(r, n)); });
    }

    /// Cuts the destination into columns, up to four times; a narrow one into rows. Cutting the wide side repeats least
    /// of OpenBLAS's packing.
    void dense(const Product<T>& p) {
        const int columns = std::max(kColumns, (p.c.cols + 3) / 4);
        const int rows = p.c.cols > columns ? p.c.rows : kColumns;
        const int across = (p.c.cols + columns - 1) / columns, down = (p.c.rows + rows - 1) / rows;
        pool_.run(across * down, [&](int i) {
            const int row = i / across * rows, column = i % across * columns;
            multiply(p, Tile{row, std::min(rows, p.c.rows - row), column, std::min(columns, p.c.cols - column)});
        });
    }

    /// Calls body(first, count) for blocks of `size` of 0 … n−1.
    template <typename Body>
    void for_range(int n, int size, Body body) {
        pool_.run((n + size - 1) / size, [&](int i) { body(i * size, std::min(size, n - i * size)); });
    }

    static std::span<float> part(std::vector<float>& values, std::size_t begin, int first, int count) {
        return std::span(values).subspan(begin + static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    }

    static double mean(const std::vector<float>& values, std::size_t n) {
        const double sum = std::accumulate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n), 0.0);
        return n == 0 ? 0 : sum / static_cast<double>(n);
    }

    ThreadPool pool_;
    Adam adam_;
    Order order_;
    NoiseStream noise_;
    SparseImages train_, test_;
    Batch batch_;
    std::vector<float> losses_, scores_bce_, scores_mse_;
    std::array<EpochResult, kKeptResults> results_{};
    std::vector<std::unique_ptr<T[], Free>> memory_;
    Clock clock_;
};

}  // namespace ae
