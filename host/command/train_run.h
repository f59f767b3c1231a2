// A run of `ae_cuda train` while it lasts: its messages, and the files in its folder.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "ae/checkpoint.h"
#include "ae/model.h"
#include "ae/trainer.h"
#include "base/terminal.h"
#include "command/train_arguments.h"
#include "data/data_selection.h"
#include "train/metrics_log.h"
#include "train/run_folder.h"

namespace ae {

ProgressMode shown_progress(const TrainArguments& arguments);

/// The plan that the options make.
TrainPlan plan_of(const TrainArguments& arguments, const Dataset& data);

/// Keeps references to all but the engine.
class TrainRun final : public TrainObserver {
public:
    TrainRun(const TrainArguments& arguments, RunFolder& folder, const SelectedData& selected,
             std::unique_ptr<Engine> engine);

    void introduce();

    /// config.json: the options that make the run, by their names; `--config` reads them back.
    void write_config() const;

    /// An event with the seconds that went by so far, `engine_seconds` of them making the engine.
    void log_start(double engine_seconds);

    void resume(const Checkpoint& checkpoint);

    /// Trains to the end, or until a signal comes. The exit code.
    int run();

    /// Leaves the files of a run whose engine was trained elsewhere: its history, and the weights of its best epoch if
    /// it keeps these.
    void leave(const History& history, const std::vector<float>& best_parameters);

    // --- TrainObserver ----------------------------------------------------------------------------------------------
    void on_steps(std::uint64_t step, double images_per_second) override;
    void on_epoch(const EpochRecord& record, bool is_best) override;
    void on_checkpoint(const History& history) override;
    bool stop_requested() override;

private:
    template <typename... Args>
    void say(fmt::format_string<Shown<Args>...> text, const Args&... arguments) noexcept {
        bar_.clear();
        if (!arguments_.quiet) ae::say<Args...>(text, arguments...);
    }

    int say_interrupted();
    void finish(TrainEnd end, double seconds);
    void leave_model();
    Model current_model();
    std::map<std::string, std::string> provenance() const;
    void draw_reconstructions();
    void keep_if_best(const EpochRecord& record);
    void find_kept_model();
    void say_stopped_early(const EpochRecord& best);

    const TrainArguments& arguments_;
    const Settings& settings_;
    RunFolder& folder_;
    const SelectedData& selected_;
    const Dataset& data_;
    double floor_;  ///< of the loss; 0: not known
    TrainPlan plan_;
    EventLog events_;
    ProgressBar bar_;
    std::unique_ptr<Engine> engine_;
    std::optional<EpochTable> table_;  ///< once the history is known
    std::optional<Metrics> test_;      ///< on images that influenced no choice
    History history_;
    std::uint64_t step_ = 0;
    int signal_ = 0;                   ///< that ends the run, received by any rank
    std::string run_;                  ///< tells this run's files from those of another that was in the folder
    std::optional<EpochRecord> kept_;  ///< whose weights lie in model.safetensors, where --early-stop asks for the best
};

}  // namespace ae
