// Models of a sweep that a GPU trains side by side.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ae/checkpoint.h"
#include "command/sweep_arguments.h"
#include "command/sweep_training.h"
#include "train/group_training.h"
#include "train/sweep_folder.h"

namespace ae {

/// A model of a sweep, before it is trained further.
struct OpenModel {
    std::size_t number = 0;  ///< in the sweep
    TrainArguments options;
    std::shared_ptr<const SeedImages> images;
    int epochs = 0;            ///< that it has had
    bool is_in_epoch = false;  ///< it was stopped before the end of one

    /// Whether the two can be trained side by side.
    bool fits(const OpenModel& other) const;
};

/// Models that fit one another, in groups that fit a GPU's memory; a group of one is to be trained alone.
std::vector<std::vector<OpenModel>> groups_of(std::vector<OpenModel> models);

/// Seconds that a step takes.
struct StepSeconds {
    double together = 0;  ///< of all models
    double alone = 0;     ///< of one

    bool is_faster_together(int models) const { return together < models * alone; }
};

/// Times a few steps of each, which go on from where they stand.
StepSeconds time_steps(ModelGroup& group, Engine& alone, std::uint64_t steps);

class SweepGroup final : public GroupObserver {
public:
    /// Models that fit one another, each where its checkpoint left it. Throws GpuError.
    SweepGroup(std::vector<OpenModel> models, const SweepFolder& folder, const SweepSignals& signals);

    /// Times the group against the engine that the sweep asks for, and puts it back to where it was.
    StepSeconds time();

    /// Drops all models but these; false where it has not all of them at the epoch that they are at.
    bool continues_with(const std::vector<OpenModel>& models);

    /// Trains to the end of an epoch all models that are left. False where asked to stop before.
    bool run(int epochs) { return training_->run(epochs, *this); }

    /// The models with which run() began, by their places here.
    const std::vector<OpenModel>& models() const { return models_; }
    const History& history(std::size_t place) const { return training_->history(place); }
    /// When a model diverged; empty where it did not.
    const std::string& divergence(std::size_t place) const { return divergences_[place]; }
    /// An engine of its own with the state of a model that did not.
    std::unique_ptr<Engine> engine_of(std::size_t place);
    void save(std::size_t place);

    // --- GroupObserver ----------------------------------------------------------------------------------------------
    void on_epoch(std::size_t, const EpochRecord&) override { signals_.on_epoch(); }
    void on_divergence(std::size_t place, const std::string& note) override { divergences_[place] = note; }
    void on_checkpoint() override;
    bool stop_requested() override { return signals_.stop_requested(); }

private:
    const OpenModel& first() const { return models_.front(); }
    void begin_at_checkpoints();
    std::vector<State> states();

    std::vector<OpenModel> models_;
    const SweepFolder& folder_;
    const SweepSignals& signals_;
    std::unique_ptr<ModelGroup> group_;
    std::optional<GroupTraining> training_;
    std::vector<std::string> divergences_;
};

}  // namespace ae
