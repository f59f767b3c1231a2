// The step of a rank that shares every batch with others: it computes the gradients of its own rows, and the sums over
// all ranks are what Adam takes. Each layer's sum begins when its gradient is there, beside the way back through the
// layers below.
#pragma once
#include <algorithm>

#include "ae/group.h"
#include "cublas/step.h"
#include "engine/step_recorder.h"
#include "ranks/rank_sum.h"

namespace ae {

class RanksStep {
public:
    using Real = float;
    using Tensors = StepTensors<float>;
    static constexpr bool kLooksAhead = true;

    RanksStep(const DeviceRun& run, const Settings& settings, const EngineOptions& options)
        : plain_(run, settings, options), sum_(run.sum), rank_(options.group->rank()), ranks_(options.group->size()) {}

    /// TrainingEngine gives it the rows of this rank alone.
    static Shard shard_of(const EngineOptions& options) { return {options.group->rank(), options.group->size()}; }

    // --- the acts of a step ------------------------------------------------------------------------------------------
    // A rank that has no row of a small batch counts the step, and adds zeros.
    void load(const Tensors& t) {
        if (has_rows(t)) return plain_.load(t);
        verbs().tick();
        if (t.next.rows > 0) verbs().gather_next(t.next);
    }
    void forward(const Tensors& t, std::size_t l) {
        if (has_rows(t)) plain_.forward(t, l);
    }
    void loss(const Tensors& t) {
        if (has_rows(t)) plain_.loss(t);
    }
    void backward(const Tensors& t, std::size_t l) {
        if (has_rows(t)) plain_.backward(t, l);
    }
    void update(const Tensors& t, std::size_t l) {
        const LayerTensors<float>& layer = t.layers[l];
        if (has_rows(t)) plain_.gradient(t, l);
        verbs().beside([&](cudaStream_t side, Cublas&) {
            if (!has_rows(t)) set_zero(side, layer.gradients);
            sum_->add(side, layer.gradients.data, static_cast<std::size_t>(layer.gradients.size));
        });
        verbs().adam(layer.parameters, layer.m, layer.v, layer.gradients);
        if (l == 0) verbs().end_step();
    }

    // --- outside the step --------------------------------------------------------------------------------------------
    VerbStep<CudaVerbs>& plain() { return plain_; }
    void join() { plain_.join(); }
    void take(const Tensors& t) { plain_.take(t); }
    void fetch(const Tensors& t, ImageSet set, int first) { plain_.fetch(t, set, first); }
    void score(const Tensors& t, int place) { plain_.score(t, place); }
    void reconstruct(const Tensors& t) { plain_.reconstruct(t); }

    /// The ranks score consecutive chunks of images.
    Portion scored_chunks(int chunks) const { return portion_of(static_cast<std::size_t>(chunks), rank_, ranks_); }

    /// Brings the scores of `images` images, in chunks of `rows`, that other ranks have computed: what is not this
    /// rank's is 0 here, and sums with 0 are exact.
    void gather_scores(int images, int rows) {
        const auto all = static_cast<std::size_t>(images), chunk = static_cast<std::size_t>(rows);
        const Portion own = scored_chunks((images + rows - 1) / rows);
        const std::size_t begin = std::min(all, own.begin * chunk), end = std::min(all, own.end * chunk);
        for (float* scores : {verbs().run().scores_bce, verbs().run().scores_mse}) {
            set_zero(stream(), {scores, static_cast<int>(begin)});
            set_zero(stream(), {scores + end, static_cast<int>(all - end)});
            sum_->add(stream(), scores, all);
        }
    }

    /// Runs the steps that write losses to these places of an epoch, each rank those of its rows, and brings the
    /// others'.
    template <typename F>
    void share_losses(Portion places, F steps) {
        float* losses = verbs().run().losses + places.begin;
        set_zero(stream(), {losses, static_cast<int>(places.size())});
        steps();
        sum_->add(stream(), losses, places.size());
    }

private:
    static bool has_rows(const Tensors& t) { return t.target.rows > 0; }
    static void set_zero(cudaStream_t stream, Vector<float> v) {
        check(cudaMemsetAsync(v.data, 0, static_cast<std::size_t>(v.size) * sizeof(float), stream));
    }

    CudaVerbs& verbs() { return plain_.verbs(); }
    cudaStream_t stream() { return verbs().stream(); }

    VerbStep<CudaVerbs> plain_;
    RankSum* sum_;
    int rank_, ranks_;
};

// The overloads by which TrainingEngine drives it.

/// load() is made of verbs, and timed so.
inline void time_load(RanksStep& step, const StepTensors<float>& t, StepTimes& times) {
    VerbStep<TimedVerbs<CudaVerbs>> timed(step.plain().verbs(), times);
    if (t.target.rows > 0) return timed.load(t);
    timed.verbs().tick();
    if (t.next.rows > 0) timed.verbs().gather_next(t.next);
}
inline Portion scored_chunks(const RanksStep& step, int chunks) {
    return step.scored_chunks(chunks);
}
inline void gather_scores(RanksStep& step, int images, int rows) {
    step.gather_scores(images, rows);
}
template <typename F>
void share_losses(RanksStep& step, Portion places, F steps) {
    step.share_losses(places, steps);
}

}  // namespace ae
