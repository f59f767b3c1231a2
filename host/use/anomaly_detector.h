// A detector of anomalies: reference codes of normal images, and the scores of images held out.
#pragma once
#include <string>
#include <vector>

#include "ae/network.h"
#include "data/image_selection.h"
#include "use/anomaly_scores.h"
#include "use/detection.h"

namespace ae {

enum class Verdict : std::uint8_t { normal, anomalous, nearly_no_ink };

std::string text(Verdict verdict);  ///< "normal", "anomalous", "nearly no ink"

/// The rule for verdicts.
struct VerdictRule {
    AnomalyScore score = AnomalyScore::combined;
    double false_alarm_rate = 0.05;  ///< share of normal images that may be called anomalous
    double least_ink = 0;            ///< an image with less is called nearly_no_ink: scores are meaningless for it
};

/// random_split() for normal images; throws UsageError unless both parts have one.
RandomSplit split_normal(int n, double held_out, std::uint64_t seed);

struct FittedDetector;

class AnomalyDetector {
public:
    /// Codes that are kept, 256 bytes each for 64 numbers. Fewer would make a smaller file and a worse detector: with
    /// 10,000 of MNIST's 54,000 the leave-one-out AUROC of `knn` falls by three points.
    static constexpr int kMostCodes = 60'000;

    /// Throws UsageError where a score has no held-out values, or too few for the rate.
    AnomalyDetector(VerdictRule rule, NormalCodes normal, const ScoreTable& held_out);

    /// From images like those the model was trained on, and others that were held out. `rule.least_ink` becomes half
    /// the ink of the emptiest image held out.
    static FittedDetector fit(Network& network, const ImageBatch& reference, const ImageBatch& held_out,
                              VerdictRule rule, ThreadPool& pool);

    const VerdictRule& rule() const { return rule_; }
    const NormalCodes& normal() const { return normal_; }
    const Calibration& calibration(AnomalyScore score) const;
    float threshold(AnomalyScore score) const { return calibration(score).threshold(rule_.false_alarm_rate); }

    /// The scores of every kind, or those of needed_for().
    ScoreTable scores(Network& network, const ImageBatch& images, ThreadPool& pool,
                      WantedScores wanted = WantedScores().set()) const;

    Verdict verdict(AnomalyScore by, float score, float ink) const;

private:
    VerdictRule rule_;
    NormalCodes normal_;
    std::vector<Calibration> calibrations_;
};

/// A detector, and the scores of the images held out, image by image.
struct FittedDetector {
    AnomalyDetector detector;
    ScoreTable held_out;
};

}  // namespace ae
