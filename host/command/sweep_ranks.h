// The models of a sweep shared out to ranks, each of which trains its own. All ranks know all results.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ae/group.h"
#include "command/sweep_arguments.h"
#include "train/sweep_file.h"
#include "train/sweep_folder.h"

namespace ae {

/// What a rank tells the others while it trains, or what all have told together.
struct SweepNews {
    std::vector<std::size_t> models = {};  ///< that were trained since the last news, to their end or to a rung
    std::uint64_t epochs = 0;              ///< that any models have had since then
    int signal = 0;                        ///< that was received; 0: none
    bool is_training = false;
    bool has_failed = false;
};

/// Every rank calls the functions that speak of all ranks, in the same order and on one thread.
class SweepRanks {
public:
    explicit SweepRanks(Group& group) : group_(group) {}

    bool are_one() const { return group_.size() == 1; }
    bool is_first() const { return group_.rank() == 0; }  ///< the one that speaks and writes

    /// Returns once all ranks have found their sweep, options and data to be those of rank 0. Throws UsageError.
    void require_agreement(const SweepArguments& arguments, const Sweep& sweep, const SweepOrigin& origin);

    /// The folder that `make` makes on rank 0 and the others join. Throws OutputError where they do not see it.
    SweepFolder folder(const std::function<SweepFolder()>& make);

    /// The results of all models ← those of rank 0.
    void broadcast_results(Sweep& sweep);

    /// This rank's part of the models. Every second round goes the other way round, so that no rank gets the same value
    /// of an option, and with it the larger network, each time.
    std::vector<std::size_t> share_of(const std::vector<std::size_t>& models) const;

    /// Tells all ranks of this one's news and results, and takes theirs into `sweep`. What all have told; a flag is set
    /// where any rank's is, `signal` is any rank's.
    SweepNews exchange(const SweepNews& own, Sweep& sweep);

    /// Returns once all ranks have called it.
    void meet() { max_of(group_, 0); }

private:
    Group& group_;
};

}  // namespace ae
