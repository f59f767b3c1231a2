// A sweep while it lasts: its stages, the threads that train models, the results they leave.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/thread_pool.h"
#include "command/sweep_arguments.h"
#include "command/sweep_data.h"
#include "command/sweep_group.h"
#include "command/sweep_progress.h"
#include "command/sweep_training.h"
#include "train/kept_models.h"
#include "train/sweep_folder.h"

namespace ae {

/// Keeps references to all of its arguments. Models without an end are trained; what ended before stays as it is.
class SweepRun {
public:
    SweepRun(const SweepArguments& arguments, SweepData& data, Sweep& sweep, const SweepOrigin& origin,
             SweepFolder& folder);

    /// Trains `models_at_once` models at a time, each on a thread. False where a signal asked to stop. Throws what the
    /// training of a model throws, but for DivergedError, after the others have stopped; in every case the files are
    /// written.
    bool run(int models_at_once);

private:
    bool run_stages(ThreadPool& pool);
    void train_all(ThreadPool& pool, const std::vector<std::size_t>& models, int epochs);
    void train_model(std::size_t model, int epochs);
    std::vector<std::size_t> train_together(const std::vector<std::size_t>& models, int epochs);
    void train_group(int epochs);
    bool is_group_for(const std::vector<OpenModel>& models);
    OpenModel open_model(std::size_t model);
    void take_result(std::size_t model, const TrainedModel& trained);
    void diverge(std::size_t model, const History& history, const std::string& note);
    void keep(std::size_t model, const TrainedModel& trained);
    void end(std::size_t model);
    void drop_all_but(const std::vector<std::size_t>& settings, int epoch);
    std::vector<std::size_t> models_to_train(const std::vector<std::size_t>& settings, int epochs) const;
    bool has_to_stop() const;

    const SweepArguments& arguments_;
    SweepData& data_;
    Sweep& sweep_;
    const SweepOrigin& origin_;
    SweepFolder& folder_;
    KeptModels kept_;
    SweepProgress progress_;
    SweepSignals signals_;
    std::optional<SweepGroup> group_;  ///< the last that was trained, which may train on
    std::mutex results_;               ///< guards sweep_'s models, folder_ and kept_
    std::atomic<bool> has_failed_{false};
};

}  // namespace ae
