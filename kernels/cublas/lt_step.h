// A step with bias, activation and their gradients fused into the products, where cublasLt can do that; where it
// cannot, the product and then the kernels of the plain step, product by product.
#pragma once
#include <algorithm>
#include <map>

#include "cublas/lt_products.h"
#include "cublas/step.h"
#include "engine/step_recorder.h"

namespace ae {

class CublasLtStep {
public:
    using Real = float;
    using Tensors = StepTensors<float>;
    static constexpr bool kLooksAhead = true;

    CublasLtStep(const DeviceRun& run, const Settings& settings, const EngineOptions& options)
        : plain_(run, settings, options),
          lt_(options.math, options.autotune),
          batch_(settings.batch_size),
          last_batch_(static_cast<int>(run.schedule.order.images) % std::max(1, settings.batch_size)) {}

    // --- the acts of a step ------------------------------------------------------------------------------------------
    void load(const Tensors& t) { plain_.load(t); }

    /// cublasLt's ReLU may turn NaN into 0. A run that diverges is still seen in its loss: the output has no ReLU.
    void forward(const Tensors& t, std::size_t l) {
        const LayerTensors<float>& layer = t.layers[l];
        const Matrix<float>&z = layer.output, &x = t.input_of(l);
        const auto done = [&](Epilogue epilogue, std::byte* bits = nullptr) {
            return run({z, false, x, false, layer.weight, epilogue, layer.bias, bits}, z.rows);
        };
        if (layer.activation == Activation::relu) {
            Mask& mask = mask_of(z);
            mask.written = done(Epilogue::relu_mask_bias, mask.bits.data());
            if (mask.written || done(Epilogue::relu_bias)) return;
        }
        if (layer.activation == Activation::linear && done(Epilogue::bias)) return;
        matmul(z, x, layer.weight);
        verbs().bias_activation(z, layer.bias, layer.activation);
    }

    void loss(const Tensors& t) {
        multiply_last(t);
        finish_loss(verbs(), t);
    }

    void backward(const Tensors& t, std::size_t l) {
        const LayerTensors<float>&layer = t.layers[l], &below = t.layers[l - 1];
        const Matrix<float>&da = below.output_gradient, &dz = layer.output_gradient;
        if (below.activation == Activation::relu)
            if (const Mask& mask = mask_of(below.output); mask.written)
                if (run({da, false, dz, true, layer.weight, Epilogue::relu_grad, below.bias_gradient, mask.bits.data()},
                        da.rows))
                    return;
        if (!run({da, false, dz, true, layer.weight}, da.rows)) verbs().matmul_nt(da, dz, layer.weight);
        verbs().activation_grad(da, below.bias_gradient, below.output, below.activation);
    }

    void update(const Tensors& t, std::size_t l) {
        const LayerTensors<float>& layer = t.layers[l];
        const Matrix<float>&x = t.input_of(l), &dz = layer.output_gradient;
        const bool is_last = l + 1 == t.layers.size();
        const LtProduct product{layer.weight_gradient, true, x, false, dz};
        LtProduct with_bias = product;
        with_bias.epilogue = Epilogue::bias_grad;
        with_bias.bias = layer.bias_gradient;
        if (!is_last || !run_beside(with_bias, x.rows)) {
            if (is_last) verbs().sum_rows(layer.bias_gradient, dz);
            if (!run_beside(product, x.rows)) verbs().matmul_tn(layer.weight_gradient, x, dz);
        }
        verbs().adam(layer.parameters, layer.m, layer.v, layer.gradients);
        if (l == 0) verbs().end_step();
    }

    // --- outside the step --------------------------------------------------------------------------------------------
    VerbStep<CudaVerbs>& plain() { return plain_; }
    void join() { verbs().end_step(); }
    void take(const Tensors&) {}
    void fetch(const Tensors& t, ImageSet set, int first) { plain_.fetch(t, set, first); }
    void score(const Tensors& t, int place) {
        multiply_last(t);
        finish_score(verbs(), t, place);
    }
    void reconstruct(const Tensors& t) {
        multiply_last(t);
        finish_reconstruction(verbs(), t);
    }

private:
    /// The elements of a layer's output that are on, as written by the product that computed it.
    struct Mask {
        DeviceBuffer<std::byte> bits;
        bool written = false;  ///< by the last product, which may have had no algorithm that writes it
    };

    CudaVerbs& verbs() { return plain_.verbs(); }

    Mask& mask_of(const Matrix<float>& output) {
        Mask& mask = masks_[output.data];
        if (mask.bits.size() == 0)
            mask.bits = DeviceBuffer<std::byte>(relu_mask_bytes(verbs().run().capacity, output.cols));
        return mask;
    }

    /// Products of training steps are worth timing; those of other numbers of rows come seldom, in any number.
    bool is_batch(int rows) const { return rows == batch_ || rows == last_batch_; }

    bool run(const LtProduct& product, int rows) {
        return lt_.run(product, is_batch(rows), verbs().stream(), verbs().cublas().workspace());
    }
    /// The gradient of a weight, for which only Adam waits.
    bool run_beside(const LtProduct& product, int rows) {
        bool done = false;
        verbs().beside([&](cudaStream_t stream, Cublas& cublas) {
            done = lt_.run(product, is_batch(rows), stream, cublas.workspace());
        });
        return done;
    }

    void matmul(const Matrix<float>& c, const Matrix<float>& a, const Matrix<float>& b) {
        if (!run({c, false, a, false, b}, c.rows)) verbs().matmul(c, a, b);
    }
    void multiply_last(const Tensors& t) {
        matmul(t.layers.back().output, t.input_of(t.layers.size() - 1), t.layers.back().weight);
    }

    VerbStep<CudaVerbs> plain_;
    CublasLt lt_;
    int batch_, last_batch_;
    std::map<const float*, Mask> masks_;  ///< by the output
};

/// load() is made of verbs, and timed so.
inline void time_load(CublasLtStep& step, const StepTensors<float>& t, StepTimes& times) {
    VerbStep<TimedVerbs<CudaVerbs>> timed(step.plain().verbs(), times);
    timed.load(t);
}

}  // namespace ae
