// The verbs of a step on a GPU: cuBLAS for the products, a kernel of our own for each of the others.
//
// Work that nothing waits for, or only later, runs beside the main stream: the counting of the step, gradients of
// weights and their updates, and the gathering of the next batch. end_step() joins all of it, so that a step can be
// recorded as one graph.
#pragma once
#include <array>

#include "ae/verb_step.h"
#include "cublas/products.h"
#include "device/side_stream.h"
#include "verbs/verbs.h"

namespace ae {

class CudaVerbs {
public:
    using Real = float;
    static constexpr bool kLooksAhead = true;

    CudaVerbs(const DeviceRun& run, const Settings&, const EngineOptions& options)
        : run_(run),
          cublas_(run.stream, options.math, batch()),
          sides_{Side(options.math, batch()), Side(options.math, batch())} {}

    // --- the verbs of a step -----------------------------------------------------------------------------------------
    /// Beside the first products, which do not ask for the step's number.
    void tick() {
        counter_.fork(stream(), [&](cudaStream_t side) { ae::tick(on(side), run_.schedule); });
    }
    void gather(Matrix<float> x) { ae::gather(on(stream()), x, run_.train, schedule()); }
    /// Beside all of this step: the next one then begins with its first product.
    void gather_next(Matrix<float> x) {
        const cudaStream_t after = counter_.is_busy() ? cudaStream_t(counter_) : stream();
        ahead_.fork(after, [&](cudaStream_t side) { ae::gather_next(on(side), x, run_.train, run_.schedule); });
    }
    void corrupt(Matrix<float> noisy, Matrix<float> x) { ae::corrupt(on(stream()), noisy, x, run_.noise, schedule()); }

    void matmul(Matrix<float> c, Matrix<float> a, Matrix<float> b) { cublas_.matmul(c, a, b); }
    /// Gradients of weights, for which only Adam waits: so both run beside the way back through the layers.
    void matmul_tn(Matrix<float> c, Matrix<float> a, Matrix<float> b) {
        beside([&](cudaStream_t, Cublas& cublas) { cublas.matmul_tn(c, a, b); });
    }
    void matmul_nt(Matrix<float> c, Matrix<float> a, Matrix<float> b) { cublas_.matmul_nt(c, a, b); }

    void bias_activation(Matrix<float> z, Vector<float> bias, Activation f) {
        ae::bias_activation(on(stream()), z, bias, f);
    }
    void bce(Matrix<float> z, Vector<float> bias, Matrix<float> x, int batch_rows) {
        ae::bce(on(stream()), z, run_.losses, bias, x, batch_rows, schedule());
    }
    void mse(Matrix<float> y, Vector<float> bias, Matrix<float> x, int batch_rows) {
        ae::mse(on(stream()), y, run_.losses, bias, x, batch_rows, schedule());
    }
    void activation_grad(Matrix<float> da, Vector<float> bias_gradient, Matrix<float> a, Activation f) {
        ae::activation_grad(on(stream()), da, bias_gradient, a, f);
    }
    /// The gradient of the last bias, for which only Adam waits as well.
    void sum_rows(Vector<float> y, Matrix<float> x) {
        beside([&](cudaStream_t side, Cublas&) { ae::sum_rows(on(side), y, x); });
    }
    /// Ends what is done for a layer: the next one's gradients take another stream.
    void adam(Vector<float> w, Vector<float> m, Vector<float> v, Vector<float> g) {
        const Schedule& counted = schedule();
        beside([&](cudaStream_t side, Cublas&) { ae::adam(on(side), w, m, v, g, counted); });
        layer_ = (layer_ + 1) % sides_.size();
    }
    void end_step() {
        counter_.join(stream());
        ahead_.join(stream());
        for (Side& side : sides_) side.stream.join(stream());
        layer_ = 0;
    }

    // --- outside the step --------------------------------------------------------------------------------------------
    void fetch(Matrix<float> x, ImageSet set, int first) {
        ae::fetch(on(stream()), x, set == ImageSet::train ? run_.train : run_.test, static_cast<std::uint32_t>(first));
    }
    void corrupt(Matrix<float> noisy, Matrix<float> x, int first) {
        ae::corrupt(on(stream()), noisy, x, run_.noise, static_cast<std::uint32_t>(first));
    }
    void score(Matrix<float> z, Vector<float> bias, Matrix<float> x, int place, Loss loss) {
        ae::score(on(stream()), run_.scores_bce + place, run_.scores_mse + place, z, bias, x, loss);
    }
    void bias_sigmoid(Matrix<float> z, Vector<float> bias) { ae::bias_sigmoid(on(stream()), z, bias); }

    // --- for steps with products or kernels of their own -------------------------------------------------------------
    const DeviceRun& run() const { return run_; }
    cudaStream_t stream() const { return run_.stream; }
    /// From now on, where there are several models, the first `count` of them.
    void keep_models(unsigned count) {
        run_.models.count = count;
        cublas_.set_batch(batch());
        for (Side& side : sides_) side.cublas.set_batch(batch());
    }
    Cublas& cublas() { return cublas_; }

    /// Runs body(stream, cublas) beside what follows on the main stream, after what was done before for this layer.
    template <typename F>
    void beside(F body) {
        Side& side = sides_[layer_];
        side.stream.fork(stream(), [&](cudaStream_t s) { body(s, side.cublas); });
    }

private:
    /// A stream for gradients and updates. It has a cuBLAS of its own: a workspace that two streams share would be a
    /// race.
    struct Side {
        SideStream stream;
        Cublas cublas;
        Side(Precision math, ProductBatch batch) : cublas(stream, math, batch) {}
    };

    ModelStream on(cudaStream_t stream) const { return {stream, run_.models}; }
    ProductBatch batch() const {
        return {static_cast<int>(run_.models.count), static_cast<long long>(run_.models.stride)};
    }

    /// For the work that the main stream is sent next, and for what is forked from it: the step is counted by then.
    const Schedule& schedule() {
        counter_.join(stream());
        return run_.schedule;
    }

    DeviceRun run_;
    Cublas cublas_;
    SideStream counter_;         ///< for the step's number
    SideStream ahead_;           ///< for the next batch
    std::array<Side, 2> sides_;  ///< that layers take in turns
    std::size_t layer_ = 0;
};

}  // namespace ae
