// Training by several ranks: what they agree upon before they begin and while they train. Rank 0 alone speaks and
// writes; the others train along. In a sweep each writes the runs of its own models.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ae/checkpoint.h"
#include "ae/group.h"
#include "command/train_arguments.h"
#include "data/data_selection.h"

namespace ae {

/// Throws UsageError where a launcher has started several processes, of which each would do all of the command's work.
void require_one_process(std::string_view command);

/// Runs `work` and returns its result. Where it fails in a group of several ranks, says why and ends them all.
int run_in_group(Group& group, const std::function<int()>& work);

/// The processors of a rank.
struct RankProcessors {
    int threads = 0;     ///< to take where none were asked for
    std::string advice;  ///< one line where the launcher keeps processors from the ranks; otherwise empty
};

/// Shares the processors out to the ranks that may use the same ones. asked: --threads. Every rank calls it.
RankProcessors share_processors(Group& group, int asked);

/// Calls `load`, on the first rank of each machine before the others: it may download what they then find.
Dataset load_in_turn(Group* group, const std::function<Dataset()>& load);

/// Names of what all ranks must have alike, with this rank's.
using Facts = std::vector<std::pair<std::string, std::string>>;
Facts facts_of(const TrainArguments& arguments, const SelectedData& selected, const Checkpoint* checkpoint);

/// Returns once all ranks have found their facts to be those of rank 0. Throws UsageError where they are not, or where
/// there are more ranks than shards.
void require_agreement(Group& group, const Facts& facts, int shards);

/// `text` ← that of rank 0.
void broadcast(Group& group, std::string& text);

/// "4 on 1 machine by Open MPI 4.1.4, 1 thread each"
std::string text_of(const Group& group, int threads);

/// A signal that any rank has received, 0 for none. Every rank calls it at the same step. group: null for one alone.
int agreed_signal(Group* group);

/// Trains on a rank other than 0, without a word or a file. The exit code.
int train_along(const TrainArguments& arguments, const Dataset& data, Engine& engine, const Checkpoint* checkpoint);

}  // namespace ae
