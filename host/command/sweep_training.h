// The training of one model of a sweep, from wherever it is to an epoch.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ae/checkpoint.h"
#include "ae/trainer.h"
#include "command/sweep_data.h"
#include "command/train_arguments.h"

namespace ae {

/// The two ways in which a training talks with the sweep around it; any thread calls them.
struct SweepSignals {
    std::function<void()> on_epoch;
    std::function<bool()> stop_requested;
};

/// What an earlier, interrupted training of this very model left in the file; none where that is damaged.
std::optional<Checkpoint> checkpoint_of(const std::filesystem::path& file, const TrainArguments& arguments,
                                        const SelectedData& images);
void save_sweep_checkpoint(const std::filesystem::path& file, const TrainArguments& arguments,
                           const SelectedData& images, const State& state, const History& history);

/// A model that has been trained, with all that its run folder is made of.
struct TrainedModel {
    const TrainArguments& options;
    const SelectedData& images;
    const History& history;
    const std::vector<float>& best_parameters;        ///< with --early-stop
    std::function<std::unique_ptr<Engine>()> engine;  ///< gives one with the model's state, once
};

class SweepTraining final : public TrainObserver {
public:
    /// Makes the engine. A checkpoint that an earlier, interrupted training of this very model left is its beginning;
    /// without a good one it begins at step 0, which costs time and changes no bit.
    SweepTraining(const TrainArguments& arguments, const SeedImages& images, std::filesystem::path checkpoint,
                  const SweepSignals& signals);

    /// Trains to the end of an epoch. Throws DivergedError.
    TrainEnd run(int epochs);

    const History& history() const { return history_; }
    const std::vector<float>& best_parameters() const { return best_parameters_; }  ///< with --early-stop
    std::unique_ptr<Engine> take_engine() { return std::move(engine_); }

    // --- TrainObserver ----------------------------------------------------------------------------------------------
    void on_steps(std::uint64_t, double) override {}
    void on_epoch(const EpochRecord& record, bool is_best) override;
    void on_checkpoint(const History& history) override;
    bool stop_requested() override { return signals_.stop_requested(); }

private:
    void begin_at_checkpoint();

    const TrainArguments& arguments_;
    const SelectedData& selected_;
    std::filesystem::path checkpoint_;
    const SweepSignals& signals_;
    std::unique_ptr<Engine> engine_;
    TrainPlan plan_;
    std::uint64_t step_ = 0;
    History history_;
    std::vector<float> best_parameters_;
};

}  // namespace ae
