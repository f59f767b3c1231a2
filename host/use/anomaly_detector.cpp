#include "use/anomaly_detector.h"

#include <fmt/format.h>

#include <algorithm>

#include "ae/error.h"
#include "base/rows.h"

namespace ae {

namespace {

float combined_score(const Calibration& cosine, const Calibration& knn, float cosine_score, float knn_score) {
    return static_cast<float>(rank_among(cosine.scores(), cosine_score) + rank_among(knn.scores(), knn_score));
}

/// From the columns of the scores that it combines.
void add_combined(ScoreTable& table, const Calibration& cosine, const Calibration& knn) {
    const auto &cosines = table[AnomalyScore::cosine], &distances = table[AnomalyScore::knn_cosine];
    std::vector<float>& combined = table[AnomalyScore::combined];
    combined.resize(cosines.size());
    for (std::size_t i = 0; i < combined.size(); ++i)
        combined[i] = combined_score(cosine, knn, cosines[i], distances[i]);
}

}  // namespace

std::string text(Verdict verdict) {
    return verdict == Verdict::normal ? "normal" : verdict == Verdict::anomalous ? "anomalous" : "too dark";
}

RandomSplit split_normal(int n, double held_out, std::uint64_t seed) {
    RandomSplit split = random_split(n, held_out, seed);
    if (split.kept.empty() || split.held_out.empty())
        throw UsageError(
            fmt::format("{} normal images, {} of them to be held out; both parts need some", n, split.held_out.size()));
    return split;
}

AnomalyDetector::AnomalyDetector(VerdictRule rule, NormalCodes normal, const ScoreTable& held_out)
    : rule_(rule), normal_(std::move(normal)) {
    for (const std::vector<float>& scores : held_out.columns) calibrations_.emplace_back(scores);
    threshold(rule_.score);  // which says so where there are too few
}

FittedDetector AnomalyDetector::fit(Network& network, const ImageBatch& reference, const ImageBatch& held_out,
                                    VerdictRule rule, ThreadPool& pool) {
    DetectorFit fit(network, pool);
    fit.add_reference(reference);
    fit.add_held_out(held_out);
    return fit.detector(rule);
}

void DetectorFit::add_reference(const ImageBatch& images) {
    const std::size_t pixels = images.size.values();
    const std::size_t kept = std::min(images.pixels.size() / pixels, AnomalyDetector::kMostCodes - images_);
    if (kept == 0) return;
    const std::vector<float> codes = network_.encode(images.pixels.first(kept * pixels));
    codes_.insert(codes_.end(), codes.begin(), codes.end());
    images_ += kept;
}

void DetectorFit::add_held_out(const ImageBatch& images) {
    if (!normal_) normal_.emplace(std::move(codes_), static_cast<int>(codes_.size() / images_), pool_);
    const ScoreTable table = plain_scores(network_, images, *normal_, pool_);
    for (std::size_t s = 0; s < kAnomalyScores; ++s)
        held_out_.columns[s].insert(held_out_.columns[s].end(), table.columns[s].begin(), table.columns[s].end());
    for (const float ink : ink_of(images)) least_ink_ = std::min(least_ink_, ink);
}

FittedDetector DetectorFit::detector(VerdictRule rule) {
    add_combined(held_out_, Calibration(held_out_[AnomalyScore::cosine]),
                 Calibration(held_out_[AnomalyScore::knn_cosine]));
    rule.least_ink = least_ink_ / 2.0;
    AnomalyDetector detector(rule, std::move(*normal_), held_out_);
    return {std::move(detector), std::move(held_out_)};
}

const Calibration& AnomalyDetector::calibration(AnomalyScore score) const {
    return calibrations_[static_cast<std::size_t>(score)];
}

ScoreTable AnomalyDetector::scores(Network& network, const ImageBatch& images, ThreadPool& pool,
                                   WantedScores wanted) const {
    ScoreTable table = plain_scores(network, images, normal_, pool, wanted);
    if (!wanted[static_cast<std::size_t>(AnomalyScore::combined)]) return table;
    add_combined(table, calibration(AnomalyScore::cosine), calibration(AnomalyScore::knn_cosine));
    return table;
}

}  // namespace ae
