// The file of a model that knows normal images: its own detector, and those of the other members of an ensemble.
#pragma once
#include <string>
#include <vector>

#include "ae/model.h"
#include "use/ensemble_detector.h"

namespace ae {

/// Puts the detector into the file of its first member: the arrays anomaly.codes and anomaly.scores.NAME, and "anomaly"
/// in the metadata: {"score", "false_alarm_rate", "least_ink", "normal", "reference", "held_out", "thresholds": {NAME:
/// …}}. `others` are the models of the other members, in order: the arrays anomaly.members.2.parameters, .codes and
/// .scores.NAME, …, the scores of the mean, anomaly.mean.scores.NAME, and "seeds" in the metadata. `normal` describes
/// the images for people.
void store_detector(Model& first, const EnsembleDetector& detector, const std::vector<const Model*>& others,
                    const std::string& normal);

struct StoredDetector {
    EnsembleDetector detector;
    std::vector<Model> others;  ///< the models of its members but for the first, which is that of the file
};

/// Throws ModelError if the model has none or it is damaged; `name` is used in error messages.
StoredDetector stored_detector(const Model& model, const std::string& name, ThreadPool& pool);

}  // namespace ae
