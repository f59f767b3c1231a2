// Measures of how well a score separates anomalies from normal data, and thresholds.
#pragma once
#include <span>
#include <vector>

namespace ae {

/// Higher scores are more anomalous.
struct Detection {
    double auroc = 0;  ///< chance that an anomaly scores above a normal image, ties counted half
    double auprc = 0;  ///< average precision, anomalies the positives: Σ precision · Δrecall, ties taken together
    double fpr95 = 0;  ///< normal images flagged where at least 95 % of the anomalies are
};

/// Throws UsageError where there are no normal images, no anomalies, or a score is NaN.
Detection detection(std::span<const float> normal, std::span<const float> anomalous);

/// Calibration of a score by held-out normal data (split conformal prediction: Vovk, Gammerman, Shafer, "Algorithmic
/// Learning in a Random World", 2005). An image as normal as they are gets p ≤ α with probability at most α.
class Calibration {
public:
    /// From the scores of normal images. Throws UsageError unless there is at least one, and none is NaN.
    explicit Calibration(std::vector<float> normal_scores);

    /// (1 + how many of them are at least as high) / (n + 1)
    double p_value(float score) const;

    /// The score above which p ≤ `false_alarm_rate`. Throws UsageError unless that lies in [1/(n+1), 1).
    float threshold(double false_alarm_rate) const;

    /// The standard deviation of the share of normal images that threshold(false_alarm_rate) calls anomalous, over
    /// draws of the held-out images: that share has the distribution Beta(k, n + 1 − k), k = ⌊rate · (n + 1)⌋ (Vovk,
    /// "Conditional validity of inductive conformal predictors", 2012).
    double rate_deviation(double false_alarm_rate) const;

    const std::vector<float>& scores() const { return scores_; }  ///< ascending

private:
    std::vector<float> scores_;
};

}  // namespace ae
