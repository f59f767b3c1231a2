// A detector of anomalies: reference codes of normal images, and the scores of images held out.
#pragma once
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ae/network.h"
#include "data/image_selection.h"
#include "use/anomaly_scores.h"
#include "use/detection.h"

namespace ae {

enum class Verdict : std::uint8_t { normal, anomalous, too_dark };

std::string text(Verdict verdict);  ///< "normal", "anomalous", "too dark"

/// The rule for verdicts.
struct VerdictRule {
    AnomalyScore score = AnomalyScore::combined;
    double false_alarm_rate = 0.05;  ///< share of normal images that may be called anomalous
    double least_ink = 0;            ///< an image whose mean pixel is less is too_dark: scores are meaningless for it

    Verdict verdict(float value, float threshold, float ink) const {
        if (ink < least_ink) return Verdict::too_dark;
        return value <= threshold ? Verdict::normal : Verdict::anomalous;
    }
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

    /// From images like those the model was trained on, and others that were held out, as a DetectorFit makes it.
    static FittedDetector fit(Network& network, const ImageBatch& reference, const ImageBatch& held_out,
                              VerdictRule rule, ThreadPool& pool);

    const VerdictRule& rule() const { return rule_; }
    const NormalCodes& normal() const { return normal_; }
    const Calibration& calibration(AnomalyScore score) const;
    float threshold(AnomalyScore score) const { return calibration(score).threshold(rule_.false_alarm_rate); }

    /// The scores of every kind, or those of needed_for().
    ScoreTable scores(Network& network, const ImageBatch& images, ThreadPool& pool,
                      WantedScores wanted = WantedScores().set()) const;

    Verdict verdict(AnomalyScore by, float score, float ink) const { return rule_.verdict(score, threshold(by), ink); }

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

/// Learns a detector from images that come piece by piece. Refers to the network and the threads.
class DetectorFit {
public:
    DetectorFit(Network& network, ThreadPool& pool) : network_(network), pool_(pool) {}

    /// Images like those the model was trained on; the codes of the first kMostCodes are kept.
    void add_reference(const ImageBatch& images);

    /// Images that were held out, once the reference is whole.
    void add_held_out(const ImageBatch& images);

    /// `rule.least_ink` becomes half the mean pixel of the darkest image held out. Throws as an AnomalyDetector does.
    /// The last call.
    FittedDetector detector(VerdictRule rule);

private:
    Network& network_;
    ThreadPool& pool_;
    std::vector<float> codes_;
    std::size_t images_ = 0;  ///< whose codes these are
    std::optional<NormalCodes> normal_;
    ScoreTable held_out_;
    float least_ink_ = std::numeric_limits<float>::infinity();
};

}  // namespace ae
