// A step that is timed: the same text of ae/step.h, with a clock and a count around every verb or act.
//
// Counts are those of the definition: the products' floating-point operations, and the bytes of the operands, each
// touched once.
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ae/engine.h"
#include "ae/verb_step.h"

namespace ae {

/// The parts of a step in their order, each with its times over several steps.
class StepTimes {
public:
    using Act = std::function<void()>;

    /// seconds_of: runs an act, once or often, and says how long it takes once.
    explicit StepTimes(std::function<double(const Act&)> seconds_of) : seconds_of_(std::move(seconds_of)) {}

    void begin_step() { next_ = 0; }

    /// Times a part; of several steps the last one's cost counts, for the first may have less to do.
    void time(const StepVerb& cost, const Act& act) {
        const double seconds = seconds_of_(act);
        if (next_ == parts_.size()) parts_.emplace_back();
        Part& part = parts_[next_++];
        part.verb = cost;
        part.seconds.push_back(seconds);
    }

    /// Medians over the steps.
    std::vector<StepVerb> medians() const {
        std::vector<StepVerb> result;
        for (const Part& part : parts_) {
            std::vector<double> seconds = part.seconds;
            const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
            std::nth_element(seconds.begin(), middle, seconds.end());
            result.push_back(part.verb);
            result.back().seconds = *middle;
        }
        return result;
    }

private:
    struct Part {
        StepVerb verb;
        std::vector<double> seconds;
    };

    std::function<double(const Act&)> seconds_of_;
    std::vector<Part> parts_;
    std::size_t next_ = 0;
};

template <typename T>
double bytes_of(const Matrix<T>& m) {
    return static_cast<double>(sizeof(T)) * static_cast<double>(m.size());
}

template <typename T>
std::string shape_of(const Matrix<T>& m) {
    return std::to_string(m.rows) + "×" + std::to_string(m.cols);
}

/// The cost of c ← a·b with sums of `inner` products, and of other bytes read or written with it.
template <typename T>
StepVerb product_cost(const char* name, const Matrix<T>& c, const Matrix<T>& a, const Matrix<T>& b, int inner,
                      double other_bytes = 0) {
    return {.verb = name,
            .shape = shape_of(c) + "×" + std::to_string(inner),
            .flops = 2.0 * static_cast<double>(c.size()) * inner,
            .bytes = bytes_of(a) + bytes_of(b) + bytes_of(c) + other_bytes};
}

/// Forwards the verbs of a step and times each.
template <Verbs V>
class TimedVerbs {
public:
    using Real = typename V::Real;
    using M = Matrix<Real>;
    using Y = Vector<Real>;
    static constexpr bool kLooksAhead = V::kLooksAhead;

    TimedVerbs(V& verbs, StepTimes& times) : verbs_(verbs), times_(times) {}

    void tick() {
        time({.verb = "tick"}, [&] { verbs_.tick(); });
    }
    void gather(M x) {
        time(on("gather", x, bytes_of(x) + bytes_of(x) / sizeof(Real)), [&] { verbs_.gather(x); });
    }
    void gather_next(M x) {
        time(on("gather_next", x, bytes_of(x) + bytes_of(x) / sizeof(Real)), [&] { verbs_.gather_next(x); });
    }
    void corrupt(M to, M x) {
        time(on("corrupt", x, 2 * bytes_of(x)), [&] { verbs_.corrupt(to, x); });
    }
    void matmul(M c, M a, M b) {
        time(product_cost("matmul", c, a, b, a.cols), [&] { verbs_.matmul(c, a, b); });
    }
    void matmul_tn(M c, M a, M b) {
        time(product_cost("matmul_tn", c, a, b, a.rows), [&] { verbs_.matmul_tn(c, a, b); });
    }
    void matmul_nt(M c, M a, M b) {
        time(product_cost("matmul_nt", c, a, b, a.cols), [&] { verbs_.matmul_nt(c, a, b); });
    }
    void bias_activation(M z, Y bias, Activation f) {
        time(on("bias_activation", z, 2 * bytes_of(z)), [&] { verbs_.bias_activation(z, bias, f); });
    }
    void bce(M z, Y bias, M x, int batch_rows) {
        time(on("bce", z, 3 * bytes_of(z)), [&] { verbs_.bce(z, bias, x, batch_rows); });
    }
    void mse(M y, Y bias, M x, int batch_rows) {
        time(on("mse", y, 3 * bytes_of(y)), [&] { verbs_.mse(y, bias, x, batch_rows); });
    }
    void activation_grad(M da, Y db, M a, Activation f) {
        time(on("activation_grad", da, 3 * bytes_of(da)), [&] { verbs_.activation_grad(da, db, a, f); });
    }
    void sum_rows(Y y, M x) {
        time(on("sum_rows", x, bytes_of(x)), [&] { verbs_.sum_rows(y, x); });
    }
    void adam(Y w, Y m, Y v, Y g) {
        const double bytes = 7.0 * sizeof(Real) * w.size;  // reads four arrays, writes three
        time({.verb = "adam", .shape = std::to_string(w.size), .bytes = bytes}, [&] { verbs_.adam(w, m, v, g); });
    }
    void end_step() { verbs_.end_step(); }

    // Functions outside the step are not timed.
    void fetch(M x, ImageSet set, int first) { verbs_.fetch(x, set, first); }
    void corrupt(M to, M x, int first) { verbs_.corrupt(to, x, first); }
    void score(M z, Y bias, M x, int place, Loss loss) { verbs_.score(z, bias, x, place, loss); }
    void bias_sigmoid(M z, Y bias) { verbs_.bias_sigmoid(z, bias); }

private:
    static StepVerb on(const char* name, const M& m, double bytes) {
        return {.verb = name, .shape = shape_of(m), .bytes = bytes};
    }

    /// Also waits for the work beside the step.
    template <typename F>
    void time(const StepVerb& cost, F act) {
        times_.time(cost, [&] {
            act();
            verbs_.end_step();
        });
    }

    V& verbs_;
    StepTimes& times_;
};

/// load(), timed as one act. A GPU repeats what it times: there tick() must be timed apart from what reads the clock.
template <Step S, typename T>
void time_load(S& step, const StepTensors<T>& t, StepTimes& times) {
    const double pixels = bytes_of(t.target), noisy = t.is_noisy() ? 2 * pixels : 0;
    times.time({.verb = "load", .shape = shape_of(t.target), .bytes = pixels + pixels / sizeof(T) + noisy},
               [&] { step.load(t); });
}

/// Forwards the acts of a step and times each, with what runs beside it.
template <Step S>
class TimedStep {
public:
    using Real = typename S::Real;
    using Tensors = StepTensors<Real>;

    TimedStep(S& step, StepTimes& times) : step_(step), times_(times) {}

    void load(const Tensors& t) { time_load(step_, t, times_); }
    void forward(const Tensors& t, std::size_t l) {
        const LayerTensors<Real>& layer = t.layers[l];
        const Matrix<Real>& x = t.input_of(l);
        times_.time(product_cost("forward", layer.output, x, layer.weight, x.cols), [&] {
            step_.forward(t, l);
            step_.join();
        });
    }
    void loss(const Tensors& t) {
        const LayerTensors<Real>& top = t.layers.back();
        const Matrix<Real>& x = t.input_of(t.layers.size() - 1);
        times_.time(product_cost("loss", top.output, x, top.weight, x.cols, bytes_of(t.target)), [&] {
            step_.loss(t);
            step_.join();
        });
    }
    void backward(const Tensors& t, std::size_t l) {
        const LayerTensors<Real>& layer = t.layers[l];
        const Matrix<Real>& dz = layer.output_gradient;
        times_.time(product_cost("backward", t.layers[l - 1].output_gradient, dz, layer.weight, dz.cols), [&] {
            step_.backward(t, l);
            step_.join();
        });
    }
    void update(const Tensors& t, std::size_t l) {
        const LayerTensors<Real>& layer = t.layers[l];
        const Matrix<Real>& x = t.input_of(l);
        const double adam_bytes = 6.0 * sizeof(Real) * layer.parameters.size;  // the gradient is counted already
        times_.time(product_cost("update", layer.weight_gradient, x, layer.output_gradient, x.rows, adam_bytes), [&] {
            step_.update(t, l);
            step_.join();
        });
    }

private:
    S& step_;
    StepTimes& times_;
};

/// One step of training, timed: a step of verbs verb by verb, another act by act.
template <Verbs V, typename T>
void time_step(VerbStep<V>& step, const StepTensors<T>& t, StepTimes& times) {
    VerbStep<TimedVerbs<V>> timed(step.verbs(), times);
    train_step(timed, t);
}
template <Step S, typename T>
void time_step(S& step, const StepTensors<T>& t, StepTimes& times) {
    TimedStep<S> timed(step, times);
    train_step(timed, t);
}

}  // namespace ae
