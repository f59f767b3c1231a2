// The verbs of a step on the CPU: OpenBLAS for the products, vectorised loops for the rest. In double it is the truth
// that the tests compare every engine with.
#pragma once
#include <cblas.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/step.h"
#include "backend_engine.h"

namespace ae {

template <typename T>
class CpuBackend {
public:
    using Real = T;
    static constexpr int kEvaluationRows = 256;  // activations of a chunk stay in the second-level cache

    CpuBackend(const Settings& settings, const Dataset& data, int capacity, int threads)
        : adam_(settings.adam),
          order_{settings.seed, static_cast<std::uint32_t>(data.train.count),
                 static_cast<std::uint32_t>(settings.batch_size)},
          train_(data.train.pixels),
          test_(data.test.pixels),
          pixels_(settings.shape.pixels()),
          losses_(static_cast<std::size_t>(data.train.count)),
          scores_bce_(static_cast<std::size_t>(std::max(capacity, data.test.count))),
          scores_mse_(scores_bce_.size()) {
        (void)threads;
        openblas_set_num_threads(1);
    }

    std::string device() const { return "cpu"; }

    // --- memory --------------------------------------------------------------------------------------------------
    T* allocate(std::size_t n) { return memory_.emplace_back(new T[n]()).get(); }
    void upload(T* to, std::span<const float> from) { std::copy(from.begin(), from.end(), to); }
    void download(std::span<float> to, const T* from) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<float>(from[i]);
    }
    void synchronize() {}
    void set_clock(const Clock& clock) { clock_ = clock; }
    void initialize(Vector<T> w, int fan_in, int fan_out, std::uint64_t offset) {
        const auto glorot = Glorot::of(order_.seed, fan_in, fan_out, offset);
        for (int i = 0; i < w.size; ++i) w.data[i] = glorot(static_cast<std::uint64_t>(i));
    }
    static int range(Activity) { return 0; }
    template <typename F>
    void replay(int, F body) {
        body();
    }

    // --- the verbs of a step --------------------------------------------------------------------------------------
    void tick() { ae::tick(clock_, adam_); }

    void gather(Matrix<T> x) {
        for (int r = 0; r < x.rows; ++r)
            copy_image(row(x, r), train_, order_.image(clock_.step - 1, static_cast<std::uint32_t>(r)));
    }

    void matmul(Matrix<T> c, Matrix<T> a, Matrix<T> b) { gemm(CblasNoTrans, CblasNoTrans, c, a, b, a.cols); }
    void matmul_tn(Matrix<T> c, Matrix<T> a, Matrix<T> b) { gemm(CblasTrans, CblasNoTrans, c, a, b, a.rows); }
    void matmul_nt(Matrix<T> c, Matrix<T> a, Matrix<T> b) { gemm(CblasNoTrans, CblasTrans, c, a, b, a.cols); }

    void bias_relu(Matrix<T> z, Vector<T> bias) {
        for (int r = 0; r < z.rows; ++r)
            for (int c = 0; c < z.cols; ++c) row(z, r)[c] = relu(row(z, r)[c] + bias.data[c]);
    }

    void bce(Matrix<T> z, Vector<T> bias, Matrix<T> x) {
        const T scale = T(1) / (static_cast<T>(z.rows) * static_cast<T>(z.cols));
        float* losses = &losses_[order_.first(clock_.step - 1)];
        for (int r = 0; r < z.rows; ++r) {
            T loss = 0;
            for (int c = 0; c < z.cols; ++c) {
                T& logit = row(z, r)[c];
                const Bce<T> e = ae::bce(logit + bias.data[c], row(x, r)[c]);
                logit = e.dlogit * scale;
                loss += e.loss;
            }
            losses[r] = static_cast<float>(loss / static_cast<T>(z.cols));
        }
    }

    void relu_grad(Matrix<T> da, Vector<T> bias_gradient, Matrix<T> a) {
        for (int r = 0; r < da.rows; ++r)
            for (int c = 0; c < da.cols; ++c) row(da, r)[c] = ae::relu_grad(row(da, r)[c], row(a, r)[c]);
        sum_rows(bias_gradient, da);
    }

    void sum_rows(Vector<T> y, Matrix<T> x) {
        std::fill_n(y.data, y.size, T(0));
        for (int r = 0; r < x.rows; ++r)
            for (int c = 0; c < x.cols; ++c) y.data[c] += row(x, r)[c];
    }

    void adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g) {
        const auto c = AdamCoefficients<T>::of(adam_, clock_);
        for (int i = 0; i < w.size; ++i) ae::adam(w.data[i], m.data[i], v.data[i], g.data[i], c);
    }

    void bias_sigmoid(Matrix<T> z, Vector<T> bias) {
        for (int r = 0; r < z.rows; ++r)
            for (int c = 0; c < z.cols; ++c) row(z, r)[c] = sigmoid(row(z, r)[c] + bias.data[c]);
    }

    // --- evaluation -----------------------------------------------------------------------------------------------
    void fetch(Matrix<T> x, ImageSet set, int first) {
        const auto& images = set == ImageSet::train ? train_ : test_;
        for (int r = 0; r < x.rows; ++r) copy_image(row(x, r), images, static_cast<std::uint32_t>(first + r));
    }

    void score(Matrix<T> z, Vector<T> bias, Matrix<T> x, int place) {
        for (int r = 0; r < z.rows; ++r) {
            T loss = 0, error = 0;
            for (int c = 0; c < z.cols; ++c) {
                const Bce<T> e = ae::bce(row(z, r)[c] + bias.data[c], row(x, r)[c]);
                loss += e.loss;
                error += e.dlogit * e.dlogit;
            }
            const auto at = static_cast<std::size_t>(place + r);
            scores_bce_[at] = static_cast<float>(loss / static_cast<T>(z.cols));
            scores_mse_[at] = static_cast<float>(error / static_cast<T>(z.cols));
        }
    }

    double mean_loss(std::uint32_t n) { return mean(losses_, n); }
    Metrics mean_scores(int n) {
        return {mean(scores_bce_, static_cast<std::size_t>(n)), mean(scores_mse_, static_cast<std::size_t>(n))};
    }
    void download_losses(std::span<float> to) { std::copy_n(losses_.begin(), to.size(), to.begin()); }
    void upload_losses(std::span<const float> from) { std::copy(from.begin(), from.end(), losses_.begin()); }
    void download_scores(std::span<float> bce, std::span<float> mse) {
        std::copy_n(scores_bce_.begin(), bce.size(), bce.begin());
        std::copy_n(scores_mse_.begin(), mse.size(), mse.begin());
    }

private:
    static T* row(Matrix<T> m, int r) {
        return m.data + static_cast<std::size_t>(r) * static_cast<std::size_t>(m.cols);
    }

    void copy_image(T* to, const std::vector<std::uint8_t>& images, std::uint32_t image) const {
        const auto n = static_cast<std::size_t>(pixels_);
        const std::uint8_t* from = &images[image * n];
        for (std::size_t p = 0; p < n; ++p) to[p] = pixel<T>(from[p]);
    }

    static void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, Matrix<float> c, Matrix<float> a, Matrix<float> b, int k) {
        cblas_sgemm(CblasRowMajor, ta, tb, c.rows, c.cols, k, 1.0f, a.data, a.cols, b.data, b.cols, 0.0f, c.data,
                    c.cols);
    }
    static void gemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, Matrix<double> c, Matrix<double> a, Matrix<double> b,
                     int k) {
        cblas_dgemm(CblasRowMajor, ta, tb, c.rows, c.cols, k, 1.0, a.data, a.cols, b.data, b.cols, 0.0, c.data, c.cols);
    }

    static double mean(const std::vector<float>& values, std::size_t n) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += values[i];
        return n == 0 ? 0 : sum / static_cast<double>(n);
    }

    Adam adam_;
    Order order_;
    std::vector<std::uint8_t> train_, test_;
    int pixels_;
    std::vector<float> losses_, scores_bce_, scores_mse_;
    std::vector<std::unique_ptr<T[]>> memory_;
    Clock clock_;
};

}  // namespace ae
