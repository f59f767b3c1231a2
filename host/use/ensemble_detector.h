// Anomalies found by networks that were trained alike but for their seeds: the mean of their scores decides, and their
// disagreement tells how far to trust it. One network is an ensemble of one.
#pragma once
#include <span>
#include <vector>

#include "use/anomaly_detector.h"

namespace ae {

/// What the members make of an image.
struct EnsembleVerdict {
    float score = 0;   ///< the mean of the members' scores
    float spread = 0;  ///< their standard deviation, with n − 1; 0 of one
    double p = 0;
    double share = 0;  ///< of the members that call it anomalous, each by its own threshold
    Verdict verdict = Verdict::normal;
};

class EnsembleDetector {
public:
    /// `held_out`: the scores of the images held out, each the mean of the members'. Throws UsageError unless there is
    /// a member, and as AnomalyDetector does.
    EnsembleDetector(std::vector<AnomalyDetector> members, const ScoreTable& held_out);

    /// All from the same images, which no network was trained on. Throws UsageError unless there is one.
    static EnsembleDetector of(std::vector<FittedDetector> members);
    static EnsembleDetector fit(std::span<Network* const> networks, const ImageBatch& reference,
                                const ImageBatch& held_out, VerdictRule rule, ThreadPool& pool);

    const std::vector<AnomalyDetector>& members() const { return members_; }
    const VerdictRule& rule() const { return members_.front().rule(); }

    /// The calibration of the mean scores.
    const Calibration& calibration(AnomalyScore score) const { return calibrations_[static_cast<std::size_t>(score)]; }
    float threshold(AnomalyScore score) const { return calibration(score).threshold(rule().false_alarm_rate); }

    /// By networks in the order of the members.
    std::vector<EnsembleVerdict> judge(std::span<Network* const> networks, const ImageBatch& images, AnomalyScore by,
                                       ThreadPool& pool) const;

private:
    std::vector<AnomalyDetector> members_;
    std::vector<Calibration> calibrations_;
};

}  // namespace ae
