#include "use/stored_detector.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/json_text.h"
#include "model/provenance.h"

namespace ae {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char *kKey = "anomaly", *kFirst = "anomaly.", *kMean = "anomaly.mean.";

/// Before the names of the arrays of member 2, 3, …
std::string prefix_of(std::size_t member) {
    return fmt::format("anomaly.members.{}.", member);
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

/// Detector: with calibrations of all scores.
template <typename Detector>
void put_scores(Model& model, const std::string& prefix, const Detector& detector) {
    for (const std::string& score : anomaly_score_names()) {
        const std::vector<float>& values = detector.calibration(parse_anomaly_score(score)).scores();
        model.arrays[prefix + "scores." + score] = {{values.size()}, values};
    }
}

ScoreTable scores_of(const Model& model, const std::string& prefix, const std::string& name) {
    ScoreTable table;
    for (const std::string& score : anomaly_score_names())
        table[parse_anomaly_score(score)] = array_of(model, prefix + "scores." + score, 1, name).values;
    return table;
}

void put_member(Model& model, const std::string& prefix, const AnomalyDetector& detector) {
    const auto width = static_cast<std::uint64_t>(detector.normal().width());
    const std::vector<float>& codes = detector.normal().values();
    model.arrays[prefix + "codes"] = {{codes.size() / width, width}, codes};
    put_scores(model, prefix, detector);
}

/// Throws UsageError where the numbers in the file make no detector.
AnomalyDetector member_of(const Model& model, const std::string& prefix, const VerdictRule& rule,
                          const std::string& name, ThreadPool& pool) {
    const ModelArray& codes = array_of(model, prefix + "codes", 2, name);
    const int width = model.settings.shape.code_size();
    if (codes.shape[1] != static_cast<std::uint64_t>(width))
        refuse(name, fmt::format("its array {}codes holds codes of {} numbers, the network's have {}", prefix,
                                 codes.shape[1], width));
    return {rule, NormalCodes(codes.values, width, pool), scores_of(model, prefix, name)};
}

Model other_model(const Model& first, std::size_t member, std::uint64_t seed, const std::string& name) {
    const ModelArray& weights = array_of(first, prefix_of(member) + "parameters", 1, name);
    if (weights.values.size() != first.parameters.size())
        refuse(name, fmt::format("its member {} has {} weights, the first {}", member, weights.values.size(),
                                 first.parameters.size()));
    Model other{first.settings, weights.values, first.metadata, {}, first.scale};
    other.settings.seed = seed;
    return other;
}

struct StoredFacts {
    VerdictRule rule;
    std::vector<std::uint64_t> seeds;  ///< of the members; empty: of one
};

StoredFacts facts_of(const json& facts, const std::string& name) {
    try {
        return {{parse_anomaly_score(facts.at("score").get<std::string>()), facts.at("false_alarm_rate").get<double>(),
                 facts.at("least_ink").get<double>()},
                facts.value("seeds", std::vector<std::uint64_t>())};
    } catch (const json::exception&) {
    } catch (const UsageError&) {
    }
    refuse(name, "'anomaly' in its metadata is not what anomaly fit writes");
}

ordered_json facts_about(const EnsembleDetector& detector, const std::string& normal) {
    const NormalCodes& codes = detector.members().front().normal();
    ordered_json thresholds;
    for (const std::string& score : anomaly_score_names())
        thresholds[score] = detector.threshold(parse_anomaly_score(score));
    return {{"score", text(detector.rule().score)},
            {"false_alarm_rate", detector.rule().false_alarm_rate},
            {"least_ink", detector.rule().least_ink},
            {"normal", normal},
            {"reference", codes.values().size() / static_cast<std::size_t>(codes.width())},
            {"held_out", detector.calibration(detector.rule().score).scores().size()},
            {"thresholds", thresholds}};
}

}  // namespace

void store_detector(Model& first, const EnsembleDetector& detector, const std::vector<const Model*>& others,
                    const std::string& normal) {
    std::erase_if(first.arrays, [](const auto& entry) { return entry.first.starts_with(kArrayPrefix); });
    ordered_json facts = facts_about(detector, normal);
    put_member(first, kFirst, detector.members().front());
    if (!others.empty()) {
        put_scores(first, kMean, detector);
        facts["seeds"] = ordered_json::array({first.settings.seed});
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
        const std::string prefix = prefix_of(i + 2);
        first.arrays[prefix + "parameters"] = {{others[i]->parameters.size()}, others[i]->parameters};
        put_member(first, prefix, detector.members()[i + 1]);
        facts["seeds"].push_back(others[i]->settings.seed);
    }
    first.metadata[kKey] = json_text(facts);
}

StoredDetector stored_detector(const Model& model, const std::string& name, ThreadPool& pool) {
    if (!model.metadata.contains(kKey))
        throw ModelError(fmt::format("{}: has no thresholds; ae_cuda anomaly fit makes a model that has some", name));
    const StoredFacts facts = facts_of(metadata_json(model.metadata, kKey, name), name);
    try {
        std::vector<AnomalyDetector> members;
        members.push_back(member_of(model, kFirst, facts.rule, name, pool));
        std::vector<Model> others;
        for (std::size_t m = 2; m <= facts.seeds.size(); ++m) {
            others.push_back(other_model(model, m, facts.seeds[m - 1], name));
            members.push_back(member_of(model, prefix_of(m), facts.rule, name, pool));
        }
        const bool is_alone = others.empty();
        return {EnsembleDetector(std::move(members), scores_of(model, is_alone ? kFirst : kMean, name)),
                std::move(others)};
    } catch (const UsageError& error) {
        refuse(name, error.what());
    }
}

}  // namespace ae
