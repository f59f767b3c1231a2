// The training step, once. A backend says what the verbs do; this file says what a step is.
//
// The CPU engine, the double-precision truth of the tests and the cuBLAS engine all run this text, so they cannot drift
// apart. Letters: B rows of the batch, P pixels, F_l width of layer l. Destinations come first, sources after.
#pragma once
#include <concepts>
#include <cstdint>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/view.h"

namespace ae {

/// A layer's tensors while a step runs.
template <typename T>
struct LayerTensors {
    Matrix<T> weight;           ///< W [F_{l-1} × F_l]
    Vector<T> bias;             ///< b [F_l]
    Activation activation;      ///< f; the last layer has the sigmoid, whatever stands here
    Matrix<T> weight_gradient;  ///< dW, as W
    Vector<T> bias_gradient;    ///< db, as b
    Matrix<T> output;           ///< [B × F_l]: z, then a = f(z) in its place; for the last layer z, then dz
    Matrix<T> output_gradient;  ///< [B × F_l]: da, then dz in its place; for the last layer the same memory as output
    Vector<T> parameters, gradients, m, v;  ///< [F_{l-1}·F_l + F_l] W and b, dW and db, and Adam's moments of both
};

/// Everything a step reads and writes. The layers' parameters lie one behind the other in one flat array, as do their
/// gradients and moments.
template <typename T>
struct StepTensors {
    Matrix<T> input;                      ///< [B × P] what the network sees, pixels in [0, 1]
    Matrix<T> target;                     ///< [B × P] what it is compared with: the same memory, unless there is noise
    std::vector<LayerTensors<T>> layers;  ///< from the input to the output
    bool is_ahead = false;                ///< the target is there: the step before has gathered it
    Matrix<T> next = {};                  ///< [B' × P] for the target of the step to come, which then need not gather
};

/// The verbs of a step. Matrices are row-major; each verb writes all of its destination.
template <typename B>
concept Backend = requires(B b, Matrix<typename B::Real> x, Vector<typename B::Real> y, Activation f) {
    b.tick();                       // counts the step and derives Adam's step size
    b.gather(x);                    // x ← this step's images
    b.matmul(x, x, x);              // c ← a·b
    b.matmul_tn(x, x, x);           // c ← aᵀ·b
    b.matmul_nt(x, x, x);           // c ← a·bᵀ
    b.corrupt(x, x);                // noisy ← x with the noise of this step
    b.bias_activation(x, y, f);     // z ← f(z + b)
    b.bce(x, y, x);                 // z ← d(mean loss)/dz, with z + b the logits; the losses are kept per image
    b.activation_grad(x, y, x, f);  // da ← da·f'(z), from a = f(z); db ← column sums of it
    b.sum_rows(y, x);               // y ← column sums of x
    b.adam(y, y, y, y);             // w, m, v ← Adam(g)
    b.bias_sigmoid(x, y);           // z ← sigmoid(z + b)
};

/// One that gathers a batch while it works on the one before.
template <typename B>
concept LookaheadBackend = Backend<B> && requires(B b, Matrix<typename B::Real> x) {
    b.gather_next(x);  // x ← the images of the step to come
};

/// One that also does a product and what follows it at once. What these verbs mean the functions below say.
template <typename B>
concept LayerBackend = Backend<B> &&
    requires(B b, Matrix<typename B::Real> x, Vector<typename B::Real> y, Activation f) {
    b.linear(x, x, x, y, f);
    b.linear_grad(x, y, x, x, x, f);
};

/// One that also does the last layer's two gradients at once.
template <typename B>
concept WeightGradBackend = Backend<B> && requires(B b, Matrix<typename B::Real> x, Vector<typename B::Real> y) {
    b.weight_grad(x, y, x, x);
};

/// One that also does the product of the last layer and its loss at once.
template <typename B>
concept LossBackend = Backend<B> && requires(B b, Matrix<typename B::Real> x, Vector<typename B::Real> y) {
    b.linear_bce(x, x, x, y, x);
};

/// One that also moves the weights of a layer as the gradients of each part of them are there.
template <typename B>
concept UpdateBackend = Backend<B> && requires(B b, LayerTensors<typename B::Real> layer, Matrix<typename B::Real> x) {
    b.weight_update(layer, x, true);
};

/// One that does a whole step with kernels of its own, and may leave part of it for later.
template <typename B>
concept WholeStepBackend = Backend<B> && requires(B b, const StepTensors<typename B::Real>& t) {
    b.train_step(t);
    b.finish_steps();  // what is left, before anything but a step follows
    // Also b.train_step(t, each): calls each(cost, launch) for every kernel, where launch() launches it and cost() says
    // what it does, as a StepVerb.
};

/// z ← f(x·W + b).
template <Backend B, typename T>
void linear(B& backend, Matrix<T> z, Matrix<T> x, Matrix<T> weight, Vector<T> bias, Activation f) {
    if constexpr (LayerBackend<B>) {
        backend.linear(z, x, weight, bias, f);
    } else {
        backend.matmul(z, x, weight);
        backend.bias_activation(z, bias, f);
    }
}

/// da ← (dz·Wᵀ)·f'(z) of the layer below, from its a = f(z); db ← column sums of it, the gradient of its bias.
template <Backend B, typename T>
void linear_grad(B& backend, Matrix<T> da, Vector<T> db, Matrix<T> a, Matrix<T> dz, Matrix<T> weight, Activation f) {
    if constexpr (LayerBackend<B>) {
        backend.linear_grad(da, db, a, dz, weight, f);
    } else {
        backend.matmul_nt(da, dz, weight);
        backend.activation_grad(da, db, a, f);
    }
}

/// dW ← xᵀ·dz; db ← column sums of dz.
template <Backend B, typename T>
void weight_grad(B& backend, Matrix<T> dw, Vector<T> db, Matrix<T> x, Matrix<T> dz) {
    if constexpr (WeightGradBackend<B>) {
        backend.weight_grad(dw, db, x, dz);
    } else {
        backend.sum_rows(db, dz);
        backend.matmul_tn(dw, x, dz);
    }
}

/// z ← d(mean loss)/dz, with z = x·W + b the logits of the target; the losses are kept per image.
template <Backend B, typename T>
void linear_bce(B& backend, Matrix<T> z, Matrix<T> x, Matrix<T> weight, Vector<T> bias, Matrix<T> target) {
    if constexpr (LossBackend<B>) {
        backend.linear_bce(z, x, weight, bias, target);
    } else {
        backend.matmul(z, x, weight);
        backend.bce(z, bias, target);
    }
}

/// dW ← xᵀ·dz of a layer and, for the last, db ← column sums of dz: the others have theirs from linear_grad. Then Adam.
template <Backend B, typename T>
void weight_update(B& backend, const LayerTensors<T>& layer, Matrix<T> x, bool is_last) {
    if constexpr (UpdateBackend<B>) {
        backend.weight_update(layer, x, is_last);
    } else {
        if (is_last)
            weight_grad(backend, layer.weight_gradient, layer.bias_gradient, x, layer.output_gradient);
        else
            backend.matmul_tn(layer.weight_gradient, x, layer.output_gradient);
        backend.adam(layer.parameters, layer.m, layer.v, layer.gradients);
    }
}

/// Hidden layers first … last−1: outputs of each from the output of the one before.
template <Backend B, typename T>
void forward_hidden(B& backend, const Matrix<T>& input, const std::vector<LayerTensors<T>>& layers, std::size_t first,
                    std::size_t last) {
    for (std::size_t l = first; l < last; ++l) {
        const Matrix<T>& below = l == first ? input : layers[l - 1].output;
        linear(backend, layers[l].output, below, layers[l].weight, layers[l].bias, layers[l].activation);
    }
}

/// Products of the last layer: logits without their bias, which the loss and the sigmoid add themselves.
template <Backend B, typename T>
void forward(B& backend, const StepTensors<T>& t) {
    const std::size_t last = t.layers.size() - 1;
    forward_hidden(backend, t.input, t.layers, 0, last);
    backend.matmul(t.layers[last].output, t.layers[last - 1].output, t.layers[last].weight);
}

/// One step of training: forward, loss, backward, Adam.
template <Backend B, typename T>
void train_step(B& backend, const StepTensors<T>& t) {
    backend.tick();
    if (!t.is_ahead) backend.gather(t.target);
    if constexpr (LookaheadBackend<B>)
        if (t.next.rows > 0) backend.gather_next(t.next);
    if (t.input.data != t.target.data) backend.corrupt(t.input, t.target);

    const std::size_t last = t.layers.size() - 1;
    const LayerTensors<T>& top = t.layers[last];
    forward_hidden(backend, t.input, t.layers, 0, last);
    linear_bce(backend, top.output, t.layers[last - 1].output, top.weight, top.bias, t.target);

    for (std::size_t l = last + 1; l-- > 0;) {
        const LayerTensors<T>& layer = t.layers[l];
        const Matrix<T>& x = l > 0 ? t.layers[l - 1].output : t.input;
        if (l > 0) {  // the last that this step reads of W_l
            const LayerTensors<T>& below = t.layers[l - 1];
            linear_grad(backend, below.output_gradient, below.bias_gradient, below.output, layer.output_gradient,
                        layer.weight, below.activation);
        }
        weight_update(backend, layer, x, l == last);
    }
}

}  // namespace ae
