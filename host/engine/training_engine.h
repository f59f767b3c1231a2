// The engine that any device and step make: chunks and bookkeeping around train_step() of ae/step.h.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "ae/engine.h"
#include "ae/error.h"
#include "ae/group.h"
#include "engine/device_network.h"
#include "engine/step_recorder.h"

namespace ae {

// Functions that a whole step (kernels/fused/step.h, sharded_step.h) or that of a rank (kernels/cublas/ranks_step.h)
// overloads, for a step that consists of acts:

/// The key of everything that the host calls of a step depend on.
template <Step S>
RecordingKey recording_key(const S&, const StepKind& k) {
    return {k.rows, k.next_rows, 2 * k.is_ahead + k.buffer, k.batch_rows};
}
/// Called after a step was sent to the device, launched or replayed.
template <Step S>
void sent_step(S&, const StepKind&) {}
/// Does what the last step has left for the next one to do.
template <Step S>
void finish_steps(S&) {}
/// Discards the work that the last step has left: parameters that are set are complete.
template <Step S>
void forget_steps(S&) {}
/// The chunks of validation images, of `count`, that this process scores.
template <typename S>
Portion scored_chunks(const S&, int count) {
    return {0, static_cast<std::size_t>(count)};
}
/// Brings the scores of `images` images, in chunks of `rows`, that others have computed.
template <typename S>
void gather_scores(S&, int images, int rows) {
    (void)images, (void)rows;
}

/// Runs the steps that write losses to these places of their epoch; then all of them are there.
template <typename S, typename F>
void share_losses(S&, Portion, F steps) {
    steps();
}

template <Device D, typename S>
class TrainingEngine final : public Engine {
public:
    using Real = typename D::Real;

    /// more: what the device is also made from.
    template <typename... More>
    TrainingEngine(std::string name, const Settings& settings, const Dataset& data, const EngineOptions& options,
                   const More&... more)
        : name_(std::move(name)),
          epoch_graph_(options.epoch_graph),
          order_(Order::of(settings, data.train, shard_of<S>(options))),
          test_images_(data.test.count),
          on_(std::make_shared<StepOnDevice<D, S>>(settings, options, data, more...)),
          network_(name_, on_) {
        initialize();
    }

    std::string name() const override { return name_; }
    std::string device() const override { return on_->device.name(); }
    Network& network() override { return network_; }
    StepOnDevice<D, S>& on() const { return *on_; }

    void run(std::uint64_t steps) override {
        [[maybe_unused]] const auto range = on_->device.range(Activity::run);
        share_losses(on_->step, places_of(step_, step_ + steps), [&] { run_steps(step_, step_ + steps); });
        step_ += steps;
        on_->device.synchronize();
        if (steps > 0) confirm_steps();
    }

    std::vector<EpochResult> run_epochs(int epochs) override {
        const std::uint64_t steps = order_.steps_per_epoch();
        if (step_ % steps != 0) throw std::logic_error("run_epochs: step " + std::to_string(step_) + " is in an epoch");
        [[maybe_unused]] const auto range = on_->device.range(Activity::run);
        std::vector<EpochResult> results;
        while (static_cast<int>(results.size()) < epochs) {
            const std::uint64_t first = step_ / steps;
            const int count = std::min(kKeptResults, epochs - static_cast<int>(results.size()));
            for (int i = 0; i < count; ++i) run_epoch();
            const std::vector<EpochResult> kept = on_->device.kept_results();
            for (int i = 0; i < count; ++i)
                results.push_back(kept[(first + static_cast<std::uint64_t>(i)) % kKeptResults]);
            confirm_steps();
        }
        return results;
    }

    StepProfile profile(std::uint64_t steps) override {
        const State before = state();
        StepProfile profile{.verbs = time_steps(steps), .launches = {}};
        set_state(before);  // a device may have repeated what it timed, and some of that works in place
        run(steps);
        if (steps >= 3 && before.step % order_.steps_per_epoch() + steps <= order_.steps_per_epoch())
            profile.launches = count_launches(before.step);
        return profile;
    }

    double epoch_loss() override { return on_->device.mean_loss(images_seen(order_.images)); }

    std::vector<float> losses() override {
        std::vector<float> losses(images_seen(order_.images));
        on_->device.download_losses(losses);
        return losses;
    }

    Metrics validate() override {
        [[maybe_unused]] const auto range = on_->device.range(Activity::validate);
        score_validation();
        return on_->device.mean_scores(test_images_);
    }

    State state() override {
        const std::size_t n = shape().parameters();
        State s{step_, std::vector<float>(n), std::vector<float>(n), std::vector<float>(n),
                std::vector<float>(images_seen(0))};
        on_->device.download(s.parameters, on_->memory.parameters().data);
        on_->device.download(s.m, on_->memory.m().data);
        on_->device.download(s.v, on_->memory.v().data);
        on_->device.download_losses(s.losses);
        return s;
    }

    void set_state(const State& s) override {
        check_sizes(s);
        on_->device.upload(on_->memory.parameters().data, s.parameters);
        on_->device.upload(on_->memory.m().data, s.m);
        on_->device.upload(on_->memory.v().data, s.v);
        on_->device.upload_losses(s.losses);
        step_ = s.step;
        StepCounter clock;
        while (clock.step < s.step) tick(clock, on_->settings.adam);
        on_->device.set_clock(clock);
        forget_steps(on_->step);
    }

private:
    // Keys of recordings other than steps, whose keys begin with their rows.
    static constexpr RecordingKey kValidation{0}, kEpoch{-1};
    static constexpr int kFirstOfTogether = -2;  ///< less the rows: those of kTogether steps
    static constexpr std::uint64_t kTogether = 8;

    const Shape& shape() const { return on_->settings.shape; }

    std::vector<StepVerb> time_steps(std::uint64_t steps) {
        StepTimes times([this](const auto& act) { return on_->device.seconds_of(act); });
        for (const std::uint64_t end = step_ + steps; step_ < end; ++step_) {
            times.begin_step();
            time_step(on_->step, on_->memory.tensors(kind(step_, step_, step_ + 1)), times);
        }
        finish_steps(on_->step);
        on_->device.synchronize();
        return times.medians();
    }

    /// A step in the middle is what three steps from `first` have more than two. These have run: what they load and
    /// choose cannot be recorded.
    StepLaunches count_launches(std::uint64_t first) {
        const auto steps = [&](std::uint64_t count) {
            return on_->device.launches_of([&] { run_steps(first, first + count); });
        };
        const StepLaunches two = steps(2), three = steps(3);
        return {three.kernels - two.kernels, three.longest_chain - two.longest_chain};
    }

    /// Once an engine: kernels for which a device has no code end there without an error, and without having done
    /// anything.
    void confirm_steps() {
        if (!is_confirmed_) on_->device.require_steps(step_);
        is_confirmed_ = true;
    }

    void check_sizes(const State& s) const {
        constexpr std::uint64_t kMostEpochs = 1'000'000;  // the counter is advanced step by step
        if (s.step / order_.steps_per_epoch() > kMostEpochs)
            throw ModelError("state: step " + std::to_string(s.step) + " lies beyond a million epochs");
        const std::size_t n = shape().parameters();
        const std::uint32_t images = order_.batch_first(s.step);
        if (s.parameters.size() != n || s.m.size() != n || s.v.size() != n || s.losses.size() != images)
            throw ModelError("state: " + std::to_string(s.parameters.size()) + " parameters and " +
                             std::to_string(s.losses.size()) + " losses; a " + shape().text() + " network has " +
                             std::to_string(n) + " parameters and this step " + std::to_string(images) + " losses");
    }

    /// Steps first … end−1, all of them done. Where as many steps as kTogether are alike they are one recording, so
    /// that the device goes from one to the next without the host.
    void run_steps(std::uint64_t first, std::uint64_t end) {
        for (std::uint64_t step = first; step < end;) {
            const StepKind k = kind(step, first, end);
            RecordingKey key = recording_key(on_->step, k);
            const bool together = are_alike(step, first, end);
            if (together) key[0] = kFirstOfTogether - k.rows;
            const std::uint64_t next = step + (together ? kTogether : 1);
            on_->device.replay(key, [&] {
                for (std::uint64_t s = step; s < next; ++s) {
                    train_step(on_->step, on_->memory.tensors(kind(s, first, end)));
                    sent_step(on_->step, kind(s, first, end));
                }
            });
            step = next;
            sent_step(on_->step, kind(step - 1, first, end));  // where the recording was replayed the body did not run
        }
        finish_steps(on_->step);
    }

    /// Whether the next kTogether steps are of the kinds of the first two, in turns.
    bool are_alike(std::uint64_t step, std::uint64_t first, std::uint64_t end) const {
        if (end - step < kTogether) return false;
        for (std::uint64_t s = step + 2; s < step + kTogether; ++s)
            if (kind(s, first, end) != kind(s - 2, first, end)) return false;
        return true;
    }

    /// The kind of a step in a run from `first` to `end`: it gathers ahead if the next step belongs to the same run
    /// and epoch.
    StepKind kind(std::uint64_t step, std::uint64_t first, std::uint64_t end) const {
        StepKind k{.rows = static_cast<int>(order_.rows(step)),
                   .batch_rows = static_cast<int>(order_.batch_rows(step))};
        if (!S::kLooksAhead) return k;
        const std::uint64_t epoch = order_.steps_per_epoch(), in_epoch = step % epoch;
        k.is_ahead = step != first && in_epoch != 0;
        k.buffer = static_cast<int>(in_epoch % 2);
        if (step + 1 != end && in_epoch + 1 != epoch) k.next_rows = static_cast<int>(order_.rows(step + 1));
        return k;
    }

    /// All of an epoch, from its first step to the means of its losses and of the validation's scores, without the
    /// host.
    void run_epoch() {
        const std::uint64_t end = step_ + order_.steps_per_epoch();
        const auto body = [&] {
            share_losses(on_->step, places_of(step_, end), [&] { run_steps(step_, end); });
            score_validation();
            on_->device.keep_result(order_.images, test_images_);
        };
        if (epoch_graph_)
            on_->device.replay(kEpoch, body);
        else
            body();
        step_ = end;
    }

    void score_validation() {
        const int chunk_rows = on_->capacity;
        const Portion chunks = scored_chunks(on_->step, (test_images_ + chunk_rows - 1) / chunk_rows);
        on_->device.replay(kValidation, [&] {
            on_->for_chunks(test_images_, [&](int first, int rows) {
                const auto chunk = static_cast<std::size_t>(first / chunk_rows);
                if (chunk < chunks.begin || chunk >= chunks.end) return;
                const StepTensors<Real>& t = on_->memory.tensors({.rows = rows, .batch_rows = rows});
                on_->step.fetch(t, ImageSet::test, first);
                on_->forward(t, 0, shape().layers().size() - 1);
                on_->step.score(t, first);
            });
        });
        gather_scores(on_->step, test_images_, chunk_rows);
    }

    /// The places in their epoch of the losses of steps first … end−1; where these are of several epochs, of the last.
    Portion places_of(std::uint64_t first, std::uint64_t end) const {
        if (first == end) return {};
        const std::uint64_t last = end - 1, epoch = order_.steps_per_epoch();
        const bool is_one_epoch = first / epoch == last / epoch;
        return {is_one_epoch ? order_.batch_first(first) : 0, order_.batch_first(last) + order_.batch_rows(last)};
    }

    /// Images of the current epoch that have been trained on; `between` if an epoch has just ended.
    std::uint32_t images_seen(std::uint32_t between) const {
        const std::uint32_t first = order_.batch_first(step_);
        return first == 0 ? between : first;
    }

    void initialize() {
        const std::vector<float> zeros(shape().parameters());
        for (const Vector<Real>& array : {on_->memory.parameters(), on_->memory.m(), on_->memory.v()})
            on_->device.upload(array.data, zeros);
        for (const Layer& layer : shape().layers())
            on_->device.initialize({on_->memory.parameters().data + layer.weight, layer.fan_in * layer.fan_out},
                                   layer.fan_in, layer.fan_out, layer.weight);
        on_->device.set_clock({});
    }

    std::string name_;
    bool epoch_graph_;
    Order order_;
    int test_images_;
    std::uint64_t step_ = 0;
    bool is_confirmed_ = false;  ///< that the device counts steps
    std::shared_ptr<StepOnDevice<D, S>> on_;
    DeviceNetwork<D, S> network_;
};

}  // namespace ae
