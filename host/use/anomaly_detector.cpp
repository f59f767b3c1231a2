#include "use/anomaly_detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/json_text.h"
#include "base/rows.h"
#include "model/provenance.h"

namespace ae {

namespace {

constexpr const char* kKey = "anomaly";
constexpr const char* kCodes = "anomaly.codes";

std::string scores_array(const std::string& score) {
    return "anomaly.scores." + score;
}

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

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
    throw ModelError(fmt::format("{}: {}; recreate it with ae_cuda anomaly fit", name, what));
}

const ModelArray& array_of(const Model& model, const std::string& array, std::size_t dimensions,
                           const std::string& name) {
    const auto at = model.arrays.find(array);
    if (at == model.arrays.end()) refuse(name, fmt::format("its array {} is missing", array));
    if (at->second.shape.size() != dimensions || at->second.values.empty())
        refuse(name, fmt::format("its array {} has the shape [{}]", array, fmt::join(at->second.shape, ", ")));
    return at->second;
}

VerdictRule rule_of(const nlohmann::json& facts, const std::string& name) {
    try {
        return {parse_anomaly_score(facts.at("score").get<std::string>()), facts.at("false_alarm_rate").get<double>(),
                facts.at("least_ink").get<double>()};
    } catch (const nlohmann::json::exception&) {
    } catch (const UsageError&) {
    }
    refuse(name, "'anomaly' in its metadata is not what anomaly fit writes");
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

AnomalyDetector AnomalyDetector::fit(Network& network, const ImageBatch& reference, const ImageBatch& held_out,
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

AnomalyDetector DetectorFit::detector(VerdictRule rule) {
    add_combined(held_out_, Calibration(held_out_[AnomalyScore::cosine]),
                 Calibration(held_out_[AnomalyScore::knn_cosine]));
    rule.least_ink = least_ink_ / 2.0;
    return AnomalyDetector(rule, std::move(*normal_), held_out_);
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
    if (ink < rule_.least_ink) return Verdict::too_dark;
    return score <= threshold(by) ? Verdict::normal : Verdict::anomalous;
}

void store_detector(Model& model, const AnomalyDetector& detector, const std::string& normal) {
    const auto width = static_cast<std::uint64_t>(detector.normal().width());
    const std::vector<float>& codes = detector.normal().values();
    std::erase_if(model.arrays, [](const auto& entry) { return entry.first.starts_with(kArrayPrefix); });
    model.arrays[kCodes] = {{codes.size() / width, width}, codes};
    nlohmann::ordered_json thresholds;
    for (const std::string& score : anomaly_score_names()) {
        const Calibration& calibration = detector.calibration(parse_anomaly_score(score));
        model.arrays[scores_array(score)] = {{calibration.scores().size()}, calibration.scores()};
        thresholds[score] = detector.threshold(parse_anomaly_score(score));
    }
    const nlohmann::ordered_json facts = {{"score", text(detector.rule().score)},
                                          {"false_alarm_rate", detector.rule().false_alarm_rate},
                                          {"least_ink", detector.rule().least_ink},
                                          {"normal", normal},
                                          {"reference", codes.size() / width},
                                          {"held_out", detector.calibration(detector.rule().score).scores().size()},
                                          {"thresholds", thresholds}};
    model.metadata[kKey] = json_text(facts);
}

AnomalyDetector stored_detector(const Model& model, const std::string& name, ThreadPool& pool) {
    if (!model.metadata.contains(kKey))
        throw ModelError(fmt::format("{}: has no thresholds; ae_cuda anomaly fit makes a model that has some", name));
    const VerdictRule rule = rule_of(metadata_json(model.metadata, kKey, name), name);
    const ModelArray& codes = array_of(model, kCodes, 2, name);
    const int width = model.settings.shape.code_size();
    if (codes.shape[1] != static_cast<std::uint64_t>(width))
        refuse(name, fmt::format("its array {} holds codes of {} numbers, the network's have {}", kCodes,
                                 codes.shape[1], width));
    ScoreTable held_out;
    for (const std::string& score : anomaly_score_names())
        held_out[parse_anomaly_score(score)] = array_of(model, scores_array(score), 1, name).values;
    try {
        return AnomalyDetector(rule, NormalCodes(codes.values, width, pool), held_out);
    } catch (const UsageError& error) {
        refuse(name, error.what());
    }
}

}  // namespace ae
