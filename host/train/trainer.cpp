#include "ae/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "ae/error.h"
#include "engine/cublas_engine.h"

namespace ae {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kGroupSeconds = 0.1;      // steps between two looks at signals and the progress bar
constexpr double kLossCheckSeconds = 1.0;  // an epoch longer than this is also looked at in the middle
constexpr double kCheckpointSeconds = 10.0;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

bool improves(const History& history, double val_loss) {
    return std::all_of(history.begin(), history.end(), [&](const EpochRecord& e) { return val_loss < e.val_loss; });
}

/// Epochs since the best one.
int epochs_without_progress(const History& history) {
    const auto best = std::min_element(history.begin(), history.end(), [](const EpochRecord& a, const EpochRecord& b) {
        return a.val_loss < b.val_loss;
    });
    return static_cast<int>(history.end() - best) - 1;
}

class Loop {
public:
    Loop(Engine& engine, const TrainPlan& plan, std::uint64_t step, History& history, TrainObserver& observer)
        : engine_(engine),
          plan_(plan),
          steps_per_epoch_(plan.order.steps_per_epoch()),
          step_(step),
          history_(history),
          observer_(observer) {}

    TrainEnd run() {
        while (step_ < static_cast<std::uint64_t>(plan_.epochs) * steps_per_epoch_) {
            if (!run_epoch()) return interrupt();
            const bool stop = plan_.early_stop > 0 && epochs_without_progress(history_) >= plan_.early_stop;
            save_if_due(stop);
            if (stop) return TrainEnd::stopped_early;
            if (observer_.stop_requested()) return interrupt();
        }
        save();
        return TrainEnd::finished;
    }

private:
    /// Trains to the end of the current epoch and validates; false when asked to stop before that end.
    bool run_epoch() {
        const std::uint64_t first = step_, end = (step_ / steps_per_epoch_ + 1) * steps_per_epoch_;
        const auto start = Clock::now();
        checked_ = start;
        while (step_ < end) {
            if (observer_.stop_requested()) return false;
            run_group(std::min(end, next_stop()));
        }
        const double training_seconds = seconds_since(start);
        record_epoch(start, training_seconds, images_between(first, end));
        return true;
    }

    /// The next step at which something other than training is due.
    std::uint64_t next_stop() const {
        std::uint64_t stop = step_ + group_;
        if (plan_.checkpoint_every)
            stop = std::min(stop, (step_ / *plan_.checkpoint_every + 1) * *plan_.checkpoint_every);
        for (const std::uint64_t edge : {plan_.profile_first, plan_.profile_last})
            if (edge > step_) stop = std::min(stop, edge);
        return stop;
    }

    void run_group(std::uint64_t until) {
        if (plan_.profile_last > 0 && step_ == plan_.profile_first) profiler_start();
        const auto start = Clock::now();
        engine_.run(until - step_);
        const double seconds = seconds_since(start);
        const double images = images_between(step_, until);
        if (seconds < kGroupSeconds / 2) group_ = std::min(2 * group_, steps_per_epoch_);
        if (seconds > kGroupSeconds * 2) group_ = std::max<std::uint64_t>(1, group_ / 2);
        step_ = until;
        if (plan_.profile_last > 0 && step_ == plan_.profile_last) profiler_stop();
        if (seconds_since(checked_) > kLossCheckSeconds) check_loss(engine_.epoch_loss());
        observer_.on_steps(step_, images / seconds);
        if (plan_.checkpoint_every && step_ % *plan_.checkpoint_every == 0 && step_ % steps_per_epoch_ != 0) save();
    }

    void record_epoch(Clock::time_point start, double training_seconds, double images) {
        EpochRecord record;
        record.epoch = static_cast<int>(step_ / steps_per_epoch_);
        record.loss = engine_.epoch_loss();
        check_loss(record.loss);
        const Metrics validation = engine_.validate();
        record.val_loss = validation.bce;
        record.val_mse = validation.mse;
        record.seconds = seconds_since(start);
        record.images_per_s = images / training_seconds;
        const bool is_best = improves(history_, record.val_loss);
        history_.push_back(record);
        observer_.on_epoch(record, is_best);
    }

    void check_loss(double loss) {
        checked_ = Clock::now();
        if (std::isfinite(loss)) return;
        const std::vector<float> losses = engine_.losses();
        const auto bad = std::find_if(losses.begin(), losses.end(), [](float l) { return !std::isfinite(l); });
        const auto step_in_epoch = static_cast<std::uint64_t>(bad - losses.begin()) / plan_.order.batch_size;
        const std::uint64_t epoch = (step_ - 1) / steps_per_epoch_;
        throw DivergedError(
            fmt::format("diverged: the loss of step {} (epoch {}) is {}; lower --lr; the last checkpoint, if there is "
                        "one, is still good",
                        epoch * steps_per_epoch_ + step_in_epoch + 1, epoch + 1, bad == losses.end() ? loss : *bad));
    }

    void save_if_due(bool is_last) {
        const bool asked = plan_.checkpoint_every && step_ % *plan_.checkpoint_every == 0;
        const bool overdue = !plan_.checkpoint_every && seconds_since(saved_) > kCheckpointSeconds;
        if (asked || overdue || is_last) save();
    }

    void save() {
        if (saved_step_ != step_) observer_.on_checkpoint(history_);
        saved_step_ = step_;
        saved_ = Clock::now();
    }

    TrainEnd interrupt() {
        save();
        return TrainEnd::interrupted;
    }

    double images_between(std::uint64_t first, std::uint64_t last) const {
        double images = 0;
        for (std::uint64_t step = first; step < last; ++step) images += plan_.order.rows(step);
        return images;
    }

    Engine& engine_;
    const TrainPlan& plan_;
    std::uint64_t steps_per_epoch_;
    std::uint64_t step_;
    History& history_;
    TrainObserver& observer_;
    std::uint64_t group_ = 8;
    std::uint64_t saved_step_ = ~std::uint64_t(0);
    Clock::time_point saved_ = Clock::now(), checked_ = saved_;
};

}  // namespace

TrainEnd train(Engine& engine, const TrainPlan& plan, std::uint64_t step, History& history, TrainObserver& observer) {
    return Loop(engine, plan, step, history, observer).run();
}

}  // namespace ae
