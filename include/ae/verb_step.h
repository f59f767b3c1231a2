// The acts of a step, made from elementary verbs: the double-precision truth and the engine `cublas` run these.
#pragma once
#include <concepts>
#include <utility>

#include "ae/dataset.h"
#include "ae/step.h"

namespace ae {

/// The verbs of a step. Matrices are row-major; the destination comes first; each verb writes all of it.
template <typename V>
concept Verbs = requires(V v, Matrix<typename V::Real> x, Vector<typename V::Real> y, Activation f, ImageSet set,
                         Loss loss, int n) {
    v.tick();                    // counts the step and derives Adam's step size
    v.gather(x);                 // x ← this step's images
    v.gather_next(x);            // x ← the images of the next step
    v.corrupt(x, x);             // noisy ← x with the noise of this step
    v.matmul(x, x, x);           // c ← a·b
    v.matmul_tn(x, x, x);        // c ← aᵀ·b
    v.matmul_nt(x, x, x);        // c ← a·bᵀ
    v.bias_activation(x, y, f);  // z ← f(z + b)
    v.bce(x, y, x, n);  // z ← d(mean loss over n images)/dz, with z + b the logits; each image's loss is kept
    v.mse(x, y, x, n);  // the same, with z + b the output
    v.activation_grad(x, y, x, f);  // da ← da·f'(z), from a = f(z); db ← column sums of it
    v.sum_rows(y, x);               // y ← column sums of x
    v.adam(y, y, y, y);             // w, m, v ← Adam(g)
    v.end_step();                   // later work waits for everything that ran beside the step
    // outside the step
    v.fetch(x, set, n);         // x ← images n, n+1, … of a set
    v.corrupt(x, x, n);         // noisy ← x with the noise that images n, n+1, … always have
    v.score(x, y, x, n, loss);  // per-image loss and MSE of z + b against x, kept from place n
    v.bias_sigmoid(x, y);       // z ← sigmoid(z + b)
};

// The ends of the last layer, after its product, for any loss:

/// dz ← the gradient of the loss.
template <typename V, typename T>
void finish_loss(V& verbs, const StepTensors<T>& t) {
    const LayerTensors<T>& top = t.layers.back();
    if (t.loss_kind == Loss::mse) return verbs.mse(top.output, top.bias, t.target, t.batch_rows);
    verbs.bce(top.output, top.bias, t.target, t.batch_rows);
}
/// Scores against the target, kept from place `place`.
template <typename V, typename T>
void finish_score(V& verbs, const StepTensors<T>& t, int place) {
    const LayerTensors<T>& top = t.layers.back();
    verbs.score(top.output, top.bias, t.target, place, t.loss_kind);
}
/// The layer's output ← a reconstruction.
template <typename V, typename T>
void finish_reconstruction(V& verbs, const StepTensors<T>& t) {
    const LayerTensors<T>& top = t.layers.back();
    if (t.loss_kind == Loss::mse) return verbs.bias_activation(top.output, top.bias, Activation::linear);
    verbs.bias_sigmoid(top.output, top.bias);
}

template <Verbs V>
class VerbStep {
public:
    using Real = typename V::Real;
    using Tensors = StepTensors<Real>;
    static constexpr bool kLooksAhead = V::kLooksAhead;  ///< load() gathers the next batch if it is asked to

    template <typename... Args>
    explicit VerbStep(Args&&... args) : verbs_(std::forward<Args>(args)...) {}

    V& verbs() { return verbs_; }

    // --- the acts of a step ------------------------------------------------------------------------------------------
    void load(const Tensors& t) {
        verbs_.tick();
        take_images(t);
    }
    /// load() without counting the step.
    void take_images(const Tensors& t) {
        if (!t.is_ahead) verbs_.gather(t.target);
        if (t.next.rows > 0) verbs_.gather_next(t.next);
        if (t.is_noisy()) verbs_.corrupt(t.input, t.target);
    }
    void forward(const Tensors& t, std::size_t l) {
        const LayerTensors<Real>& layer = t.layers[l];
        verbs_.matmul(layer.output, t.input_of(l), layer.weight);
        verbs_.bias_activation(layer.output, layer.bias, layer.activation);
    }
    void loss(const Tensors& t) {
        multiply_last(t);
        finish_loss(verbs_, t);
    }
    void backward(const Tensors& t, std::size_t l) {
        const LayerTensors<Real>&layer = t.layers[l], &below = t.layers[l - 1];
        verbs_.matmul_nt(below.output_gradient, layer.output_gradient, layer.weight);
        verbs_.activation_grad(below.output_gradient, below.bias_gradient, below.output, below.activation);
    }
    void update(const Tensors& t, std::size_t l) {
        const LayerTensors<Real>& layer = t.layers[l];
        gradient(t, l);
        verbs_.adam(layer.parameters, layer.m, layer.v, layer.gradients);
        if (l == 0) verbs_.end_step();
    }
    /// update() without Adam.
    void gradient(const Tensors& t, std::size_t l) {
        const LayerTensors<Real>& layer = t.layers[l];
        const bool is_last = l + 1 == t.layers.size();  // the others have their db from backward()
        if (is_last) verbs_.sum_rows(layer.bias_gradient, layer.output_gradient);
        verbs_.matmul_tn(layer.weight_gradient, t.input_of(l), layer.output_gradient);
    }

    // --- outside the step --------------------------------------------------------------------------------------------
    /// What follows waits for all that runs beside the step.
    void join() { verbs_.end_step(); }
    /// Says that the caller has written t.input.
    void take(const Tensors&) {}
    /// t.target ← images first, first + 1, … of a set; t.input ← the same with the noise that they always have.
    void fetch(const Tensors& t, ImageSet set, int first) {
        verbs_.fetch(t.target, set, first);
        if (t.is_noisy()) verbs_.corrupt(t.input, t.target, first);
    }
    /// Scores of the last layer's output against t.target, kept from place `place`.
    void score(const Tensors& t, int place) {
        multiply_last(t);
        finish_score(verbs_, t, place);
    }
    /// The last layer's output ← a reconstruction.
    void reconstruct(const Tensors& t) {
        multiply_last(t);
        finish_reconstruction(verbs_, t);
    }

private:
    void multiply_last(const Tensors& t) {
        const LayerTensors<Real>& layer = t.layers.back();
        verbs_.matmul(layer.output, t.input_of(t.layers.size() - 1), layer.weight);
    }

    V verbs_;
};

}  // namespace ae
