// The trainings of `anomaly eval`, one for every label of a protocol, several at a time on a CPU.
#pragma once
#include <vector>

#include "command/anomaly_outcome.h"
#include "command/train_arguments.h"

namespace ae {

/// The outcome of a protocol, and the labels that are to be judged in it.
struct LabelsToJudge {
    Outcome* outcome;
    std::vector<int> labels;
};

/// Trains and judges label by label; on a CPU a thread each, as many at a time as there are threads and as memory
/// allows. A label's judgements do not depend on their number. False where a signal asked to stop: what is judged by
/// then is in the outcomes, as it is where this throws.
bool judge_labels(const std::vector<LabelsToJudge>& all, const TrainArguments& arguments, const Dataset& data,
                  const ProtocolPlan& plan);

}  // namespace ae
