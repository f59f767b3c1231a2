// A step, verb by verb: the same text of ae/step.h, with a clock and a count around every verb.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/step.h"
#include "engine/engine_backend.h"
#include "engine/stopwatch.h"

namespace ae {

/// Forwards verbs to a backend and waits for the end of each. Counts of a verb are those of its definition: the
/// products' floating-point operations, and the bytes of its operands, each touched once.
template <typename B>
class StepRecorder {
public:
    using Real = typename B::Real;
    using M = Matrix<Real>;
    using V = Vector<Real>;

    explicit StepRecorder(B& backend) : backend_(backend) {}

    /// What was recorded, in the order of a step; times are medians over the steps.
    std::vector<StepVerb> verbs() const {
        std::vector<StepVerb> result;
        for (const Record& r : records_) {
            std::vector<double> seconds = r.seconds;
            std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                             seconds.end());
            result.push_back(r.verb);
            result.back().seconds = seconds[seconds.size() / 2];
        }
        return result;
    }

    void begin_step() { next_ = 0; }

    /// Times an act whose cost is known; of several steps the last one's cost counts, for the first may have less to
    /// do.
    template <typename F>
    void time(const StepVerb& cost, F act) {
        const double seconds = seconds_of(act);
        if (next_ == records_.size()) records_.emplace_back();
        Record& record = records_[next_++];
        record.verb = cost;
        record.seconds.push_back(seconds);
    }

    // --- the verbs of a step -----------------------------------------------------------------------------------------
    void tick() {
        time("tick", "", 0, 0, [&] { backend_.tick(); });
    }
    void gather(M x) {
        time("gather", shape(x), 0, size(x) + size(x) / sizeof(Real), [&] { backend_.gather(x); });
    }
    void corrupt(M to, M x) {
        time("corrupt", shape(x), 0, 2 * size(x), [&] { backend_.corrupt(to, x); });
    }
    void matmul(M c, M a, M b) {
        product("matmul", c, a, b, a.cols, [&] { backend_.matmul(c, a, b); });
    }
    void matmul_tn(M c, M a, M b) {
        product("matmul_tn", c, a, b, a.rows, [&] { backend_.matmul_tn(c, a, b); });
    }
    void matmul_nt(M c, M a, M b) {
        product("matmul_nt", c, a, b, a.cols, [&] { backend_.matmul_nt(c, a, b); });
    }
    void bias_activation(M z, V bias, Activation f) {
        time("bias_activation", shape(z), 0, 2 * size(z), [&] { backend_.bias_activation(z, bias, f); });
    }
    void bce(M z, V bias, M x) {
        time("bce", shape(z), 0, 3 * size(z), [&] { backend_.bce(z, bias, x); });
    }
    void activation_grad(M da, V db, M a, Activation f) {
        time("activation_grad", shape(da), 0, 3 * size(da), [&] { backend_.activation_grad(da, db, a, f); });
    }
    void sum_rows(V y, M x) {
        time("sum_rows", shape(x), 0, size(x), [&] { backend_.sum_rows(y, x); });
    }
    void adam(V w, V m, V v, V g) {
        const double bytes = 7.0 * sizeof(Real) * w.size;  // reads four arrays, writes three
        time("adam", std::to_string(w.size), 0, bytes, [&] { backend_.adam(w, m, v, g); });
    }
    void linear(M z, M x, M weight, V bias, Activation f) requires LayerBackend<B> {
        product("linear", z, x, weight, x.cols, [&] { backend_.linear(z, x, weight, bias, f); });
    }
    void linear_grad(M da, V db, M a, M dz, M weight, Activation f) requires LayerBackend<B> {
        product("linear_grad", da, dz, weight, dz.cols, [&] { backend_.linear_grad(da, db, a, dz, weight, f); });
    }
    void weight_grad(M dw, V db, M x, M dz) requires WeightGradBackend<B> {
        product("weight_grad", dw, x, dz, x.rows, [&] { backend_.weight_grad(dw, db, x, dz); });
    }
    void linear_bce(M z, M x, M weight, V bias, M target) requires LossBackend<B> {
        product(
            "linear_bce", z, x, weight, x.cols, [&] { backend_.linear_bce(z, x, weight, bias, target); }, size(target));
    }
    void weight_update(const LayerTensors<Real>& layer, M x, bool is_last) requires UpdateBackend<B> {
        const double adam_bytes = 6.0 * sizeof(Real) * layer.parameters.size;  // the gradient is counted already
        product(
            "weight_update", layer.weight_gradient, x, layer.output_gradient, x.rows,
            [&] { backend_.weight_update(layer, x, is_last); }, adam_bytes);
    }
    void bias_sigmoid(M z, V bias) {
        time("bias_sigmoid", shape(z), 0, 2 * size(z), [&] { backend_.bias_sigmoid(z, bias); });
    }

private:
    struct Record {
        StepVerb verb;
        std::vector<double> seconds;
    };

    /// On a device by its own clock: to a kernel of microseconds the host would add as much again.
    template <typename F>
    double seconds_of(F act) {
        if constexpr (DeviceBackend<B>) {
            return backend_.device_seconds(act);
        } else {
            const Stopwatch watch;
            act();
            backend_.synchronize();
            return watch.seconds();
        }
    }

    static std::string shape(const M& m) { return std::to_string(m.rows) + "×" + std::to_string(m.cols); }
    static double size(const M& m) { return static_cast<double>(sizeof(Real)) * static_cast<double>(m.size()); }

    template <typename F>
    void product(const char* name, M c, M a, M b, int inner, F act, double other_bytes = 0) {
        const std::string text = shape(c) + "×" + std::to_string(inner);
        const double bytes = size(a) + size(b) + size(c) + other_bytes;
        time(name, text, 2.0 * static_cast<double>(c.size()) * inner, bytes, act);
    }

    template <typename F>
    void time(const char* name, const std::string& shape, double flops, double bytes, F act) {
        time({.verb = name, .shape = shape, .flops = flops, .bytes = bytes}, act);
    }

    B& backend_;
    std::vector<Record> records_;
    std::size_t next_ = 0;
};

}  // namespace ae
