// A sweep while it lasts: its stages, and the threads that train models.
#pragma once
#include <atomic>
#include <future>
#include <vector>

#include "base/thread_pool.h"
#include "command/sweep_group.h"
#include "command/sweep_results.h"
#include "command/sweep_training.h"

namespace ae {

/// Keeps references to all of its arguments. Models without an end are trained; what ended before stays as it is.
class SweepRun {
public:
    /// Every rank makes one.
    SweepRun(const SweepWork& work, SweepRanks& ranks);

    /// Trains `models_at_once` models at a time, each on a thread. False where a signal asked to stop. Throws what the
    /// training of a model throws, but for DivergedError, after the others have stopped; in every case the files are
    /// written.
    bool run(int models_at_once);

    /// The signal that asked to stop, received by any rank; 0: none.
    int signal() const { return results_.signal(); }

private:
    bool run_stages(ThreadPool& pool);
    std::vector<std::size_t> models_to_train(const std::vector<std::size_t>& settings, int epochs) const;
    void train_stage(ThreadPool& pool, const std::vector<std::size_t>& models, int epochs);
    void exchange_until_all_have_trained(const std::future<void>& training);
    void end_together(std::future<void>& training);
    void train_all(ThreadPool& pool, const std::vector<std::size_t>& models, int epochs);
    void train_model(std::size_t model, int epochs);
    template <typename Work>
    auto or_stop_all(const Work& work);
    std::vector<std::size_t> train_together(const std::vector<std::size_t>& models, int epochs);
    void train_group(int epochs);
    bool is_group_for(const std::vector<OpenModel>& models);
    OpenModel open_model(std::size_t model);
    void take_result(std::size_t model, const TrainedModel& trained);
    void diverge(std::size_t model, const History& history, const std::string& note);
    void keep(std::size_t model, const TrainedModel& trained);
    bool has_to_stop() const { return has_failed_ || signal() != 0; }

    SweepWork work_;
    Sweep& sweep_;
    SweepRanks& ranks_;
    SweepResults results_;
    SweepSignals signals_;
    std::optional<SweepGroup> group_;      ///< the last that was trained, which may train on
    std::atomic<bool> has_failed_{false};  ///< this rank, or another
};

}  // namespace ae
