// The engine that any backend makes: memory, chunks and bookkeeping around the step of ae/step.h.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "ae/engine.h"
#include "ae/error.h"
#include "ae/step.h"
#include "engine/engine_backend.h"
#include "engine/step_memory.h"
#include "engine/step_recorder.h"

namespace ae {

template <EngineBackend B>
class BackendEngine final : public Engine {
public:
    using Real = typename B::Real;

    template <typename... Args>
    BackendEngine(std::string name, const Settings& settings, const Dataset& data, const EngineOptions& options,
                  Args&&... backend_args)
        : name_(std::move(name)),
          settings_(settings),
          epoch_graph_(options.epoch_graph),
          order_{settings.seed, static_cast<std::uint32_t>(data.train.count),
                 static_cast<std::uint32_t>(settings.batch_size)},
          test_images_(data.test.count),
          capacity_(std::max<int>(settings.batch_size, B::kEvaluationRows)),
          backend_(settings, data, capacity_, options, std::forward<Args>(backend_args)...),
          memory_(backend_, settings, capacity_) {
        initialize();
    }

    std::string name() const override { return name_; }
    std::string device() const override { return backend_.device(); }

    void run(std::uint64_t steps) override {
        [[maybe_unused]] const auto range = backend_.range(Activity::run);
        run_steps(step_, step_ + steps);
        step_ += steps;
        backend_.synchronize();
        if (steps > 0) confirm_steps();
    }

    std::vector<EpochResult> run_epochs(int epochs) override {
        const std::uint64_t steps = order_.steps_per_epoch();
        if (step_ % steps != 0) throw std::logic_error("run_epochs: step " + std::to_string(step_) + " is in an epoch");
        [[maybe_unused]] const auto range = backend_.range(Activity::run);
        std::vector<EpochResult> results;
        while (static_cast<int>(results.size()) < epochs) {
            const std::uint64_t first = step_ / steps;
            const int count = std::min(kKeptResults, epochs - static_cast<int>(results.size()));
            for (int i = 0; i < count; ++i) run_epoch();
            const std::vector<EpochResult> kept = backend_.kept_results();
            for (int i = 0; i < count; ++i)
                results.push_back(kept[(first + static_cast<std::uint64_t>(i)) % kKeptResults]);
            confirm_steps();
        }
        return results;
    }

    std::vector<StepVerb> profile(std::uint64_t steps) override {
        if constexpr (DeviceBackend<B>) {
            const State before = state();
            std::vector<StepVerb> verbs = timed_verbs(steps);
            set_state(before);  // verbs were repeated, and some work in place
            run(steps);
            return verbs;
        } else {
            return timed_verbs(steps);
        }
    }

    double epoch_loss() override { return backend_.mean_loss(images_seen(order_.images)); }

    std::vector<float> losses() override {
        std::vector<float> losses(images_seen(order_.images));
        backend_.download_losses(losses);
        return losses;
    }

    Metrics validate() override {
        [[maybe_unused]] const auto range = backend_.range(Activity::validate);
        score_validation();
        return backend_.mean_scores(test_images_);
    }

    State state() override {
        const std::size_t n = settings_.shape.parameters();
        State s{step_, std::vector<float>(n), std::vector<float>(n), std::vector<float>(n),
                std::vector<float>(images_seen(0))};
        backend_.download(s.parameters, memory_.parameters().data);
        backend_.download(s.m, memory_.m().data);
        backend_.download(s.v, memory_.v().data);
        backend_.download_losses(s.losses);
        return s;
    }

    void set_state(const State& s) override {
        const std::size_t n = settings_.shape.parameters();
        const std::uint32_t images = order_.first(s.step);
        if (s.parameters.size() != n || s.m.size() != n || s.v.size() != n || s.losses.size() != images)
            throw ModelError("state: " + std::to_string(s.parameters.size()) + " parameters and " +
                             std::to_string(s.losses.size()) + " losses; a " + settings_.shape.text() +
                             " network has " + std::to_string(n) + " parameters and this step " +
                             std::to_string(images) + " losses");
        backend_.upload(memory_.parameters().data, s.parameters);
        backend_.upload(memory_.m().data, s.m);
        backend_.upload(memory_.v().data, s.v);
        backend_.upload_losses(s.losses);
        step_ = s.step;
        Clock clock;
        while (clock.step < s.step) tick(clock, settings_.adam);
        backend_.set_clock(clock);
    }

    std::vector<float> encode(std::span<const float> images) override {
        return apply(images, settings_.shape.pixels(), 0, encoder_layers());
    }
    std::vector<float> decode(std::span<const float> codes) override {
        return apply(codes, settings_.shape.code_size(), encoder_layers(), layer_count());
    }
    std::vector<float> reconstruct(std::span<const float> images) override {
        return apply(images, settings_.shape.pixels(), 0, layer_count());
    }

    Scores score(std::span<const float> images) override {
        const auto pixels = static_cast<std::size_t>(settings_.shape.pixels());
        const int n = count_rows(images.size(), settings_.shape.pixels());
        Scores scores{std::vector<float>(static_cast<std::size_t>(n)), std::vector<float>(static_cast<std::size_t>(n))};
        for_chunks(n, [&](int first, int rows) {
            const StepTensors<Real>& t = memory_.tensors({rows});
            backend_.upload(t.input.data, images.subspan(static_cast<std::size_t>(first) * pixels, t.input.size()));
            score_into(t, t.input, 0);
            const auto at = static_cast<std::size_t>(first), count = static_cast<std::size_t>(rows);
            backend_.download_scores(std::span(scores.bce).subspan(at, count),
                                     std::span(scores.mse).subspan(at, count));
        });
        return scores;
    }

private:
    // What is recorded beside steps, whose keys are their kinds.
    static constexpr RecordingKey kValidation{0}, kEpoch{-1};

    std::vector<StepVerb> timed_verbs(std::uint64_t steps) {
        StepRecorder<B> recorder(backend_);
        for (const std::uint64_t end = step_ + steps; step_ < end; ++step_) {
            recorder.begin_step();
            const StepTensors<Real>& tensors = memory_.tensors(kind(step_, step_, step_ + 1));
            if constexpr (WholeStepBackend<B>)
                backend_.train_step(tensors, [&](auto cost, auto launch) { recorder.time(cost(), launch); });
            else
                train_step(recorder, tensors);
        }
        if constexpr (WholeStepBackend<B>) backend_.finish_steps();
        backend_.synchronize();
        return recorder.verbs();
    }

    /// Once an engine: a kernel that has no code for a device ends there without an error, and without having done
    /// anything.
    void confirm_steps() {
        if constexpr (DeviceBackend<B>) {
            if (!confirmed_) backend_.require_steps(step_);
            confirmed_ = true;
        }
    }

    /// Steps first … end−1, all of them done.
    void run_steps(std::uint64_t first, std::uint64_t end) {
        for (std::uint64_t step = first; step < end; ++step) {
            const StepKind k = kind(step, first, end);
            const StepTensors<Real>& tensors = memory_.tensors(k);
            if constexpr (WholeStepBackend<B>)
                backend_.train_step(tensors);
            else
                backend_.replay({k.rows, k.next_rows, k.is_ahead, k.buffer}, [&] { train_step(backend_, tensors); });
        }
        if constexpr (WholeStepBackend<B>) backend_.finish_steps();
    }

    /// Of a step in a run from `first` to `end`: it gathers ahead where the next step is one of the run and the epoch.
    StepKind kind(std::uint64_t step, std::uint64_t first, std::uint64_t end) const {
        StepKind k{.rows = static_cast<int>(order_.rows(step))};
        if constexpr (StepMemory<B>::kLookahead) {
            const std::uint64_t epoch = order_.steps_per_epoch(), in_epoch = step % epoch;
            k.is_ahead = step != first && in_epoch != 0;
            k.buffer = static_cast<int>(in_epoch % 2);
            if (step + 1 != end && in_epoch + 1 != epoch) k.next_rows = static_cast<int>(order_.rows(step + 1));
        }
        return k;
    }

    /// From its first step to the means of its losses and of the validation's scores, none of which the host sees.
    void run_epoch() {
        const std::uint64_t end = step_ + order_.steps_per_epoch();
        const auto body = [&] {
            run_steps(step_, end);
            score_validation();
            backend_.keep_result(order_.images, test_images_);
        };
        if (epoch_graph_)
            backend_.replay(kEpoch, body);
        else
            body();
        step_ = end;
    }

    void score_validation() {
        backend_.replay(kValidation, [&] {
            for_chunks(test_images_, [&](int first, int rows) {
                const StepTensors<Real>& t = memory_.tensors({rows});
                backend_.fetch(t.target, ImageSet::test, first);
                if (t.input.data != t.target.data) backend_.corrupt(t.input, t.target, first);
                score_into(t, t.target, first);
            });
        });
    }

    std::size_t layer_count() const { return settings_.shape.layers().size(); }
    std::size_t encoder_layers() const { return static_cast<std::size_t>(settings_.shape.encoder_layers()); }

    /// Images of the current epoch that have been trained on; `between` where an epoch has just ended.
    std::uint32_t images_seen(std::uint32_t between) const {
        const std::uint32_t first = order_.first(step_);
        return first == 0 ? between : first;
    }

    void initialize() {
        const std::vector<float> zeros(settings_.shape.parameters());
        for (const Vector<Real>& array : {memory_.parameters(), memory_.m(), memory_.v()})
            backend_.upload(array.data, zeros);
        for (const Layer& layer : settings_.shape.layers())
            backend_.initialize({memory_.parameters().data + layer.weight, layer.fan_in * layer.fan_out}, layer.fan_in,
                                layer.fan_out, layer.weight);
        backend_.set_clock({});
    }

    template <typename F>
    void for_chunks(int count, F body) {
        for (int first = 0; first < count; first += capacity_) body(first, std::min(capacity_, count - first));
    }

    static int count_rows(std::size_t size, int cols) {
        if (size % static_cast<std::size_t>(cols) != 0)
            throw ModelError("input: " + std::to_string(size) + " values are not rows of " + std::to_string(cols));
        return static_cast<int>(size / static_cast<std::size_t>(cols));
    }

    void score_into(const StepTensors<Real>& t, const Matrix<Real>& target, int place) {
        forward(backend_, t);
        backend_.score(t.layers.back().output, t.layers.back().bias, target, place);
    }

    /// Layers first … last−1 on rows of host memory.
    std::vector<float> apply(std::span<const float> in, int in_cols, std::size_t first, std::size_t last) {
        [[maybe_unused]] const auto range = backend_.range(Activity::apply);
        const int n = count_rows(in.size(), in_cols);
        const auto out_cols = static_cast<std::size_t>(settings_.shape.layers()[last - 1].fan_out);
        std::vector<float> out(static_cast<std::size_t>(n) * out_cols);
        for_chunks(n, [&](int row, int rows) {
            const StepTensors<Real>& t = memory_.tensors({rows});
            const Matrix<Real> input{memory_.input(), rows, in_cols};
            backend_.upload(input.data, in.subspan(static_cast<std::size_t>(row) * static_cast<std::size_t>(in_cols),
                                                   input.size()));
            const bool to_pixels = last == layer_count();
            forward_hidden(backend_, input, t.layers, first, to_pixels ? last - 1 : last);
            if (to_pixels) {
                const LayerTensors<Real>& top = t.layers.back();
                const Matrix<Real>& below = last - 1 == first ? input : t.layers[last - 2].output;
                backend_.matmul(top.output, below, top.weight);
                backend_.bias_sigmoid(top.output, top.bias);
            }
            const Matrix<Real>& result = t.layers[last - 1].output;
            backend_.download(std::span(out).subspan(static_cast<std::size_t>(row) * out_cols, result.size()),
                              result.data);
        });
        return out;
    }

    std::string name_;
    Settings settings_;
    bool epoch_graph_;
    Order order_;
    int test_images_;
    int capacity_;
    B backend_;
    std::uint64_t step_ = 0;
    bool confirmed_ = false;  ///< that the device counts steps
    StepMemory<B> memory_;
};

}  // namespace ae
