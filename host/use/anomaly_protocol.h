// Evaluation of anomaly scores on labels that a network has not seen: the two protocols of the literature on MNIST.
#pragma once
#include <string>
#include <vector>

#include "ae/dataset.h"
#include "ae/engine.h"
#include "ae/trainer.h"
#include "base/thread_pool.h"
#include "use/detection.h"

namespace ae {

enum class Protocol : std::uint8_t {
    one_class,      ///< one label is normal, all others are anomalies
    leave_one_out,  ///< one label is the anomaly, all others are normal
};

std::string text(Protocol protocol);  ///< "one-class", "leave-one-out"

struct ProtocolPlan {
    Settings settings;
    int epochs = 10;
    std::string engine = "auto";
    EngineOptions engine_options;
    double false_alarm_rate = 0.05;
    double held_out = 0.1;  ///< share of the normal training images that sets the thresholds and is not trained on
    bool batch_may_shrink = false;  ///< where a label has fewer images than a batch
};

/// The results of one score on the test images.
struct Judgement {
    std::string score;  ///< "mse", …, and "PCA-64": the residual of 64 principal components
    Detection detection;
    double false_alarms = 0;  ///< share of the normal test images above the threshold
};

/// Why run_protocol() could not judge this label, found without training; "" where it can.
std::string why_not_judged(Protocol protocol, int label, const Dataset& data, const ProtocolPlan& plan);

/// Trains on normal training images of the set and judges its test images. The observer sees the training; where it
/// asks to stop, there are no judgements. Throws UsageError where the labels leave no normal images or no anomalies,
/// and as train() and make_engine() do.
std::vector<Judgement> run_protocol(Protocol protocol, int label, const Dataset& data, const ProtocolPlan& plan,
                                    TrainObserver& observer, ThreadPool& pool);

/// Means over labels, score by score.
std::vector<Judgement> mean_of(const std::vector<std::vector<Judgement>>& labels);

}  // namespace ae
