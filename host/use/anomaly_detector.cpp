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
    return verdict == Verdict::normal ? "normal" : verdict == Verdict::anomalous ? "anomalous" : "nearly no ink";
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
    const auto pixels = reference.size.values();
    const std::size_t kept = std::min(reference.pixels.size(), kMostCodes * pixels);
    std::vector<float> codes = network.encode(reference.pixels.first(kept));
    const int width = static_cast<int>(codes.size() / (kept / pixels));
    NormalCodes normal(std::move(codes), width, pool);
    ScoreTable table = plain_scores(network, held_out, normal, pool);
    add_combined(table, Calibration(table[AnomalyScore::cosine]), Calibration(table[AnomalyScore::knn_cosine]));
    const std::vector<float> ink = ink_of(held_out);
    rule.least_ink = *std::min_element(ink.begin(), ink.end()) / 2.0;
    AnomalyDetector detector(rule, std::move(normal), table);
    return {std::move(detector), std::move(table)};
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

Verdict AnomalyDetector::verdict(AnomalyScore by, float score, float ink) const {
    if (ink < rule_.least_ink) return Verdict::nearly_no_ink;
    return score <= threshold(by) ? Verdict::normal : Verdict::anomalous;
}

}  // namespace ae
