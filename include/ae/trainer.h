// The loop around the engine: epochs, validation, checkpoints, early stopping, stopping on a signal.
#pragma once
#include <cstdint>
#include <optional>

#include "ae/engine.h"
#include "ae/history.h"

namespace ae {

/// The length of the training, and the times to save, stop or profile.
struct TrainPlan {
    int epochs = 10;                                ///< in total, those before a resume included
    Order order;                                    ///< the same as the engine's
    std::optional<std::uint64_t> checkpoint_every;  ///< steps; none: after an epoch, at most every ten seconds
    int early_stop = 0;                             ///< epochs without a better val_loss after which to stop; 0: never
    bool one_epoch_at_a_time = false;               ///< the observer looks at the weights after each
    std::uint64_t profile_first = 0;                ///< steps [first, last) run between cudaProfilerStart and Stop
    std::uint64_t profile_last = 0;
    Group* group = nullptr;  ///< the ranks that train together, each in this loop; null: none
};

/// The loop reports to it, and asks it whether to stop.
///
/// Several ranks come to the same decisions at the same steps: times are those of the slowest, and every observer is
/// asked whether to stop at the same steps, so that they can agree.
class TrainObserver {
public:
    virtual ~TrainObserver() = default;

    /// After every group of steps or epochs.
    virtual void on_steps(std::uint64_t step, double images_per_second) = 0;
    virtual void on_epoch(const EpochRecord& record, bool is_best) = 0;

    /// The state can be saved now: `history` holds the finished epochs.
    virtual void on_checkpoint(const History& history) = 0;
    virtual bool stop_requested() = 0;
};

enum class TrainEnd { finished, stopped_early, interrupted };

/// Trains from the engine's state until the plan is done; `history` holds the earlier epochs and grows.
/// Epochs shorter than a tenth of a second are trained several at a time, unless something is due between them. Throws
/// DivergedError when a loss is not a number; nothing is saved from then on. It names the epoch and, unless later
/// epochs have already run, the step.
TrainEnd train(Engine& engine, const TrainPlan& plan, std::uint64_t step, History& history, TrainObserver& observer);

}  // namespace ae
