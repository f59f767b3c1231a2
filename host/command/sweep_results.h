// The results of a sweep: those that all ranks know, the files and the lines that tell of them.
#pragma once
#include <atomic>
#include <mutex>
#include <vector>

#include "command/sweep_arguments.h"
#include "command/sweep_data.h"
#include "command/sweep_progress.h"
#include "command/sweep_ranks.h"
#include "train/kept_models.h"
#include "train/sweep_folder.h"

namespace ae {

/// What a sweep trains, from what, and where its results go.
struct SweepWork {
    const SweepArguments& arguments;
    SweepData& data;
    Sweep& sweep;
    const SweepOrigin& origin;
    SweepFolder& folder;
};

/// Keeps references to all of its arguments. Every rank makes one, and only the first writes and speaks.
class SweepResults {
public:
    SweepResults(const SweepWork& work, SweepRanks& ranks);

    /// Any thread: a model has had an epoch.
    void count_epoch();

    /// To be held while a model's result is looked at or changed by the thread that trains it, and in publish().
    std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }
    bool wants(std::size_t model) const { return kept_.wants(sweep_, model); }

    /// A model of this rank has been trained, to its end or to a rung. Several ranks hear of it, this one as well, at
    /// the next exchange().
    void publish(std::size_t model);

    /// As SweepProgress does.
    void tell_choice(int models, bool together, double seconds_together, double seconds_alone) {
        progress_.tell_choice(models, together, seconds_together, seconds_alone);
    }

    /// Every rank: tells the others what was published here and hears what was published there.
    SweepNews exchange(bool is_training, bool has_failed);

    /// Every rank: the models of all other settings train no further.
    void drop_all_but(const std::vector<std::size_t>& settings, int epoch);

    /// sweep.json and sweep.csv; nothing on the other ranks.
    void write();
    void clear_line() noexcept { progress_.clear(); }

    /// The signal that asked to stop, received by any rank; 0: none.
    int signal() const;

private:
    void settle(std::size_t model);
    void write_if_due();

    Sweep& sweep_;
    const SweepOrigin& origin_;
    SweepFolder& folder_;
    SweepRanks& ranks_;
    KeptModels kept_;  ///< of the models that all ranks know
    SweepProgress progress_;
    std::mutex mutex_;
    std::vector<std::size_t> unpublished_;
    std::atomic<std::uint64_t> new_epochs_{0};  ///< since the last exchange
    std::atomic<int> signal_{0};                ///< that all ranks know
};

}  // namespace ae
