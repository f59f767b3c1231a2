#include "ae/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "ae/error.h"
#include "ae/group.h"
#include "base/text.h"
#include "engine/gpu.h"
#include "train/epochs.h"

namespace ae {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kGroupSeconds = 0.1;      // steps between two looks at signals and the progress bar
constexpr double kLossCheckSeconds = 1.0;  // the loss of a longer epoch is also checked in the middle
constexpr double kCheckpointSeconds = 10.0;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

bool improves(const History& history, double val_loss) {
    return std::all_of(history.begin(), history.end(), [&](const EpochRecord& e) { return val_loss < e.val_loss; });
}

/// Epochs since the best one.
int epochs_without_progress(const History& history) {
    return history.empty() ? 0 : static_cast<int>(&history.back() - &best_epoch(history));
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
        if (has_stalled()) return TrainEnd::stopped_early;  // before it was resumed
        while (step_ < last_step()) {
            if (const int epochs = epochs_at_once(); epochs > 0)
                run_epochs(epochs);
            else if (!run_epoch())
                return interrupt();
            const bool stop = has_stalled();
            save_if_due(stop);
            if (stop) return TrainEnd::stopped_early;
            if (observer_.stop_requested()) return interrupt();
        }
        save();
        return TrainEnd::finished;
    }

private:
    bool has_stalled() const { return plan_.early_stop > 0 && epochs_without_progress(history_) >= plan_.early_stop; }

    /// The longest of all ranks: what depends on a time must not differ between them.
    double agreed(double seconds) const { return plan_.group ? max_of(*plan_.group, seconds) : seconds; }

    /// Trains to the end of the current epoch and validates; false when asked to stop before that end.
    bool run_epoch() {
        const std::uint64_t first = step_, end = (step_ / steps_per_epoch_ + 1) * steps_per_epoch_;
        const auto start = Clock::now();
        checked_ = start;
        while (step_ < end) {
            if (observer_.stop_requested()) return false;
            run_group(std::min({end, next_due(), step_ + group_}));
        }
        const double training_seconds = seconds_since(start);
        const double loss = engine_.epoch_loss();
        check_loss(loss);
        const Metrics validation = engine_.validate();
        epoch_seconds_ = agreed(seconds_since(start));
        record({loss, validation}, step_, images_between(first, end) / training_seconds);
        return true;
    }

    /// Whole epochs, one after another: as many as fit between two looks at signals.
    void run_epochs(int epochs) {
        const auto start = checked_ = Clock::now();
        const std::vector<EpochResult> results = engine_.run_epochs(epochs);
        epoch_seconds_ = agreed(seconds_since(start)) / epochs;
        const double images_per_s = plan_.order.images / epoch_seconds_;
        for (const EpochResult& result : results) {
            step_ += steps_per_epoch_;
            const bool is_last = &result == &results.back();
            is_last ? check_loss(result.loss) : check_epoch(result.loss);
            record(result, step_, images_per_s);
        }
        observer_.on_steps(step_, images_per_s);
    }

    /// The number of epochs to train before the next look at signals; 0 if something is due in the next one, or if its
    /// duration is not known.
    int epochs_at_once() const {
        const bool is_profiling = step_ >= plan_.profile_first && step_ < plan_.profile_last;
        if (step_ % steps_per_epoch_ != 0 || is_profiling || !(epoch_seconds_ < kGroupSeconds)) return 0;
        const std::uint64_t most = plan_.early_stop > 0 || plan_.one_epoch_at_a_time
                                       ? 1
                                       : static_cast<std::uint64_t>(kGroupSeconds / std::max(epoch_seconds_, 1e-9));
        return static_cast<int>(std::min(most, (next_due() - step_) / steps_per_epoch_));
    }

    std::uint64_t last_step() const { return static_cast<std::uint64_t>(plan_.epochs) * steps_per_epoch_; }

    /// The next step at which something other than training is due.
    std::uint64_t next_due() const {
        std::uint64_t due = last_step();
        if (plan_.checkpoint_every)
            due = std::min(due, (step_ / *plan_.checkpoint_every + 1) * *plan_.checkpoint_every);
        for (const std::uint64_t edge : {plan_.profile_first, plan_.profile_last})
            if (edge > step_) due = std::min(due, edge);
        return due;
    }

    void run_group(std::uint64_t until) {
        if (plan_.profile_last > 0 && step_ == plan_.profile_first) profiler_start();
        const auto start = Clock::now();
        engine_.run(until - step_);
        const double seconds = agreed(seconds_since(start));
        const double images = images_between(step_, until);
        if (seconds < kGroupSeconds / 2) group_ = std::min(2 * group_, steps_per_epoch_);
        if (seconds > kGroupSeconds * 2) group_ = std::max<std::uint64_t>(1, group_ / 2);
        step_ = until;
        if (plan_.profile_last > 0 && step_ == plan_.profile_last) profiler_stop();
        if (agreed(seconds_since(checked_)) > kLossCheckSeconds) check_loss(engine_.epoch_loss());
        observer_.on_steps(step_, images / seconds);
        if (plan_.checkpoint_every && step_ % *plan_.checkpoint_every == 0 && step_ % steps_per_epoch_ != 0) save();
    }

    void record(const EpochResult& result, std::uint64_t step, double images_per_s) {
        const EpochRecord epoch{.epoch = static_cast<int>(step / steps_per_epoch_),
                                .loss = result.loss,
                                .val_loss = result.validation.bce,
                                .val_mse = result.validation.mse,
                                .seconds = epoch_seconds_,
                                .images_per_s = images_per_s};
        const bool is_best = improves(history_, epoch.val_loss);
        history_.push_back(epoch);
        observer_.on_epoch(epoch, is_best);
    }

    /// For an epoch that later ones have followed, so that its per-step losses are gone.
    void check_epoch(double loss) const {
        if (!std::isfinite(loss)) throw diverged(fmt::format("the loss of epoch {}", step_ / steps_per_epoch_), loss);
    }

    void check_loss(double loss) {
        checked_ = Clock::now();
        if (std::isfinite(loss)) return;
        const std::vector<float> losses = engine_.losses();
        const auto bad = std::find_if(losses.begin(), losses.end(), [](float l) { return !std::isfinite(l); });
        const auto step_in_epoch = static_cast<std::uint64_t>(bad - losses.begin()) / plan_.order.batch_size;
        const std::uint64_t epoch = (step_ - 1) / steps_per_epoch_;
        throw diverged(
            fmt::format("the loss of step {} (epoch {})", epoch * steps_per_epoch_ + step_in_epoch + 1, epoch + 1),
            bad == losses.end() ? loss : *bad);
    }

    static DivergedError diverged(const std::string& what, double loss) {
        return DivergedError(fmt::format("diverged: {} is {}; lower --lr; the last checkpoint, if any, is still good",
                                         what, without_sign_of_nan(loss)));
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
    double epoch_seconds_ = std::numeric_limits<double>::infinity();  ///< of the last whole epoch; not known yet
    std::uint64_t saved_step_ = ~std::uint64_t(0);
    Clock::time_point saved_ = Clock::now(), checked_ = saved_;
};

}  // namespace

TrainEnd train(Engine& engine, const TrainPlan& plan, std::uint64_t step, History& history, TrainObserver& observer) {
    return Loop(engine, plan, step, history, observer).run();
}

}  // namespace ae
