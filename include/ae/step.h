// The training step, written once, in five acts: load, forward, loss, backward, update.
//
// Every engine runs this code, so they cannot drift apart. ae/verb_step.h makes the acts from elementary verbs; an
// engine that can do an act at once has an act of its own. Letters: B rows of the batch, P pixels, F_l width of layer
// l.
#pragma once
#include <concepts>
#include <cstddef>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/view.h"

namespace ae {

/// A layer's tensors while a step runs. A network that is only applied has no gradients and no moments.
template <typename T>
struct LayerTensors {
    Matrix<T> weight;           ///< W [F_{l-1} × F_l]
    Vector<T> bias;             ///< b [F_l]
    Activation activation;      ///< f of a hidden layer; unused in the last layer, whose function is the loss's
    Matrix<T> weight_gradient;  ///< dW, as W
    Vector<T> bias_gradient;    ///< db, as b
    Matrix<T> output;           ///< [B × F_l]: z, then a = f(z) in its place; for the last layer z, then dz
    Matrix<T> output_gradient;  ///< [B × F_l]: da, then dz in its place; for the last layer the same memory as output
    Vector<T> parameters, gradients, m, v;  ///< [F_{l-1}·F_l + F_l] W and b, dW and db, and Adam's moments of both
};

/// Everything a step reads and writes. The layers' parameters follow one another in one flat array, as do their
/// gradients and moments.
template <typename T>
struct StepTensors {
    Matrix<T> input;   ///< [B × P] the network's input
    Matrix<T> target;  ///< [B × P] the clean images: the same memory as input, unless there is noise
    std::vector<LayerTensors<T>> layers;  ///< from the input to the output
    int batch_rows = 0;                   ///< rows of the whole batch: B, unless it is shared out to several ranks
    bool is_ahead = false;                ///< the step before has gathered the target
    Matrix<T> next = {};                  ///< [B' × P] the target of the next step, to be gathered ahead; or no rows
    Loss loss_kind = Loss::bce;           ///< of the last layer

    bool is_noisy() const { return input.data != target.data; }
    /// The input of layer l: x of its product.
    const Matrix<T>& input_of(std::size_t l) const { return l == 0 ? input : layers[l - 1].output; }
};

/// A step's acts. Shapes: a_l [B × F_l], W_l [F_{l-1} × F_l]. Layer 0 reads t.input.
template <typename S>
concept Step = requires(S s, const StepTensors<typename S::Real>& t, std::size_t l) {
    s.load(t);         // counts the step; t.target ← its images; t.input ← the same with the step's noise
    s.forward(t, l);   // a_l ← f(a_{l-1}·W_l + b_l), for a hidden layer
    s.loss(t);         // dz of the last layer ← d(mean loss)/dz; the loss of each image is kept
    s.backward(t, l);  // dz_{l-1} ← (dz_l·W_lᵀ)·f'(z_{l-1}); db_{l-1} ← its column sums
    s.update(t, l);    // dW_l ← a_{l-1}ᵀ·dz_l, for the last layer db_l too; W_l, b_l ← Adam
};

/// One step of training.
template <Step S, typename T>
void train_step(S& step, const StepTensors<T>& t) {
    const std::size_t last = t.layers.size() - 1;
    step.load(t);
    for (std::size_t l = 0; l < last; ++l) step.forward(t, l);
    step.loss(t);
    for (std::size_t l = last; l > 0; --l) {
        step.backward(t, l);  // reads W_l, which the next line changes
        step.update(t, l);
    }
    step.update(t, 0);
}

}  // namespace ae
