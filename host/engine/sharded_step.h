// A step on the CPU whose batch is cut into shards, each with its own gradients: by several ranks, or by one that is to
// have their bits.
//
// The losses of a batch travel with its gradients: in the vector of a shard the losses of other shards are 0, which
// leaves them as they are when vectors are added. So every rank knows all losses after a step, and with them when the
// training diverges, and any rank can write a checkpoint.
#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "ae/step.h"
#include "engine/cpu_verbs.h"
#include "engine/shard_sum.h"
#include "engine/step_memory.h"
#include "engine/step_recorder.h"

namespace ae {

/// Whether a step has to be a ShardedStep.
inline bool is_sharded(const Settings& settings, const EngineOptions& options) {
    return settings.shards > 1 || (options.group != nullptr && options.group->size() > 1);
}

/// The acts of a step that ends with its gradients: it neither counts itself nor changes a weight.
template <typename S>
class GradientStep {
public:
    using Real = typename S::Real;
    using Tensors = StepTensors<Real>;

    explicit GradientStep(S& step) : step_(step) {}

    void load(const Tensors& t) { step_.take_images(t); }
    void forward(const Tensors& t, std::size_t l) { step_.forward(t, l); }
    void loss(const Tensors& t) { step_.loss(t); }
    void backward(const Tensors& t, std::size_t l) { step_.backward(t, l); }
    void update(const Tensors& t, std::size_t l) { step_.gradient(t, l); }

private:
    S& step_;
};

template <typename S>
class ShardedStep {
public:
    using Real = typename S::Real;
    using Tensors = StepTensors<Real>;
    static constexpr bool kLooksAhead = false;

    ShardedStep(CpuDevice<Real>& device, const Settings& settings, const EngineOptions& options)
        : device_(device),
          group_(options.group),
          step_(device, settings, options),
          shards_(settings.shards > 0 ? settings.shards : group_->size()),
          parameters_(settings.shape.parameters()),
          size_(parameters_ + static_cast<std::size_t>(settings.batch_size)),
          sum_(group_, shards_, size_, device.pool()) {}

    // --- the step ----------------------------------------------------------------------------------------------------
    void run(const Tensors& t) {
        run(t, [](const StepVerb&, auto act) { act(); });
    }

    /// Calls each(cost, act) for every part of the step.
    template <typename Each>
    void run(const Tensors& t, Each each) {
        Real* sum = nullptr;
        each(StepVerb{.verb = "gradients"}, [&] { sum = gradients(t); });
        each(StepVerb{.verb = "adam"}, [&] { update(t, sum); });
    }

    // --- outside the step --------------------------------------------------------------------------------------------
    void forward(const Tensors& t, std::size_t l) { step_.forward(t, l); }
    void take(const Tensors& t) { step_.take(t); }
    void fetch(const Tensors& t, ImageSet set, int first) { step_.fetch(t, set, first); }
    void score(const Tensors& t, int place) { step_.score(t, place); }
    void reconstruct(const Tensors& t) { step_.reconstruct(t); }

    /// The ranks score consecutive chunks of images.
    Portion scored_chunks(int chunks) const {
        return portion_of(static_cast<std::size_t>(chunks), group_ ? group_->rank() : 0, ranks());
    }
    /// Brings the scores of `images` images, in chunks of `rows`, that other ranks have computed.
    void gather_scores(int images, int rows) {
        if (ranks() == 1) return;
        const auto chunks = static_cast<std::size_t>((images + rows - 1) / rows);
        std::vector<std::size_t> begins;
        for (int r = 0; r <= ranks(); ++r) {
            const std::size_t chunk = r < ranks() ? portion_of(chunks, r, ranks()).begin : chunks;
            begins.push_back(std::min(chunk * static_cast<std::size_t>(rows), static_cast<std::size_t>(images)) *
                             sizeof(float));
        }
        for (const std::span<float> scores : device_.scores(static_cast<std::size_t>(images)))
            group_->all_gather(std::as_writable_bytes(scores), begins);
    }

private:
    int ranks() const { return group_ ? group_->size() : 1; }

    /// The sums of gradients and losses over all shards.
    Real* gradients(const Tensors& t) {
        device_.tick();
        Real* sum = sum_.of(size_, [&](int shard, Real* to) { compute(t, shard, to); });
        device_.take_shard({});
        return sum;
    }

    void compute(const Tensors& batch, int shard, Real* to) {
        device_.take_shard({shard, shards_});
        const std::uint64_t step = device_.step();
        const std::uint32_t first = device_.order().first_row(step), rows = device_.order().rows(step);
        GradientStep<S> gradient_step(step_);
        train_step(gradient_step, of_shard(batch, static_cast<int>(rows), to));
        std::fill(to + parameters_, to + size_, Real(0));
        const std::span<const float> losses = device_.batch_losses().subspan(first, rows);
        std::copy(losses.begin(), losses.end(), to + parameters_ + first);
    }

    /// The tensors of a batch with fewer rows, and with gradients from `gradients` on.
    static Tensors of_shard(Tensors t, int rows, Real* gradients) {
        const Real* before = t.layers.front().gradients.data;
        const auto move = [&](Real*& data) { data = gradients + (data - before); };
        t.input.rows = t.target.rows = rows;
        for (LayerTensors<Real>& layer : t.layers) {
            layer.output.rows = layer.output_gradient.rows = rows;
            move(layer.weight_gradient.data);
            move(layer.bias_gradient.data);
            move(layer.gradients.data);
        }
        return t;
    }

    void update(const Tensors& t, Real* sum) {
        const std::span<float> losses = device_.batch_losses();
        std::copy_n(sum + parameters_, losses.size(), losses.begin());
        const auto flat = [&](const Vector<Real>& first) {
            return Vector<Real>{first.data, static_cast<int>(parameters_)};
        };
        const LayerTensors<Real>& layer = t.layers.front();
        adam(flat(layer.parameters), flat(layer.m), flat(layer.v), {sum, static_cast<int>(parameters_)});
    }
    void adam(Vector<Real> w, Vector<Real> m, Vector<Real> v, Vector<Real> g) {
        const auto c = device_.adam_coefficients();
        device_.pool().for_range(w.size, CpuDevice<Real>::kElements,
                                 [&](int i, int n) { loops<Real>().adam(w, m, v, g, c, i, i + n); });
    }

    CpuDevice<Real>& device_;
    Group* group_;  // null: this process alone
    S step_;
    int shards_;
    std::size_t parameters_, size_;  // of a shard's vector: gradients, then the losses of the whole batch
    ShardSum<Real> sum_;
};

// The overloads by which TrainingEngine drives it.

template <typename S>
RecordingKey recording_key(const ShardedStep<S>&, const StepKind& kind) {
    return {kind.rows};
}
template <typename S>
void train_step(ShardedStep<S>& step, const StepTensors<typename S::Real>& t) {
    step.run(t);
}
template <typename S>
void sent_step(ShardedStep<S>&, const StepKind&) {}
template <typename S>
void finish_steps(ShardedStep<S>&) {}
template <typename S>
void forget_steps(ShardedStep<S>&) {}
template <typename S>
void time_step(ShardedStep<S>& step, const StepTensors<typename S::Real>& t, StepTimes& times) {
    step.run(t, [&](const StepVerb& cost, auto act) { times.time(cost, act); });
}
template <typename S>
Portion scored_chunks(const ShardedStep<S>& step, int chunks) {
    return step.scored_chunks(chunks);
}
template <typename S>
void gather_scores(ShardedStep<S>& step, int images, int rows) {
    step.gather_scores(images, rows);
}

}  // namespace ae
