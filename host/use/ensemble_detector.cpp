#include "use/ensemble_detector.h"

#include <cmath>

#include "ae/error.h"

namespace ae {

namespace {

/// Column by column, image by image, the mean of tables that have the same columns.
ScoreTable mean_of(const std::vector<ScoreTable>& tables) {
    ScoreTable mean = tables.front();
    for (std::size_t column = 0; column < mean.columns.size(); ++column)
        for (std::size_t i = 0; i < mean.columns[column].size(); ++i) {
            double sum = 0;
            for (const ScoreTable& table : tables) sum += table.columns[column][i];
            mean.columns[column][i] = static_cast<float>(sum / static_cast<double>(tables.size()));
        }
    return mean;
}

/// The standard deviation of the members' scores of image i.
float spread_of(const std::vector<ScoreTable>& tables, AnomalyScore score, std::size_t i, float mean) {
    if (tables.size() < 2) return 0;
    double squares = 0;
    for (const ScoreTable& table : tables) {
        const double difference = static_cast<double>(table[score][i]) - mean;
        squares += difference * difference;
    }
    return static_cast<float>(std::sqrt(squares / static_cast<double>(tables.size() - 1)));
}

}  // namespace

EnsembleDetector::EnsembleDetector(std::vector<AnomalyDetector> members, const ScoreTable& held_out)
    : members_(std::move(members)) {
    if (members_.empty()) throw UsageError("an ensemble of no networks");
    for (const std::vector<float>& scores : held_out.columns) calibrations_.emplace_back(scores);
    threshold(rule().score);  // which says so where there are too few
}

EnsembleDetector EnsembleDetector::fit(std::span<Network* const> networks, const ImageBatch& reference,
                                       const ImageBatch& held_out, VerdictRule rule, ThreadPool& pool) {
    std::vector<FittedDetector> members;
    for (Network* network : networks)
        members.push_back(AnomalyDetector::fit(*network, reference, held_out, rule, pool));
    return of(std::move(members));
}

EnsembleDetector EnsembleDetector::of(std::vector<FittedDetector> fitted) {
    std::vector<AnomalyDetector> members;
    std::vector<ScoreTable> tables;
    for (FittedDetector& member : fitted) {
        members.push_back(std::move(member.detector));
        tables.push_back(std::move(member.held_out));
    }
    if (tables.empty()) throw UsageError("an ensemble of no networks");
    return {std::move(members), mean_of(tables)};
}

std::vector<EnsembleVerdict> EnsembleDetector::judge(std::span<Network* const> networks, const ImageBatch& images,
                                                     AnomalyScore by, ThreadPool& pool) const {
    std::vector<ScoreTable> tables;
    for (std::size_t m = 0; m < members_.size(); ++m)
        tables.push_back(members_[m].scores(*networks[m], images, pool, needed_for(by)));
    const std::vector<float> means = mean_of(tables)[by], ink = ink_of(images);
    std::vector<EnsembleVerdict> verdicts;
    for (std::size_t i = 0; i < means.size(); ++i) {
        int alarms = 0;
        for (std::size_t m = 0; m < members_.size(); ++m)
            alarms += members_[m].verdict(by, tables[m][by][i], ink[i]) == Verdict::anomalous;
        verdicts.push_back({means[i], spread_of(tables, by, i, means[i]), calibration(by).p_value(means[i]),
                            static_cast<double>(alarms) / static_cast<double>(members_.size()),
                            rule().verdict(means[i], threshold(by), ink[i])});
    }
    return verdicts;
}

}  // namespace ae
