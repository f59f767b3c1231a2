#include "command/anomaly_outcome.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/terminal.h"

namespace ae {

namespace {

struct Measure {
    const char *key, *title;
    double (*of)(const Judgement&);
};

constexpr Measure kMeasures[] = {
    {"auroc", "AUROC, %", [](const Judgement& j) { return j.detection.auroc; }},
    {"auprc", "AUPRC, %", [](const Judgement& j) { return j.detection.auprc; }},
    {"fpr95", "FPR at 95 % TPR, %", [](const Judgement& j) { return j.detection.fpr95; }},
    {"false_alarms", "False alarms, %", [](const Judgement& j) { return j.false_alarms; }},
};

/// Over the labels that were judged, score by score; none where none was.
std::vector<Judgement> means(const Outcome& outcome) {
    std::vector<std::vector<Judgement>> all;
    for (const auto& [label, judgements] : outcome.judged) all.push_back(judgements);
    return all.empty() ? std::vector<Judgement>() : mean_of(all);
}

const std::vector<Judgement>* judgements_of(const Outcome& outcome, int label) {
    const auto at = outcome.judged.find(label);
    return at == outcome.judged.end() ? nullptr : &at->second;
}

void print_row(const Outcome& outcome, const std::vector<int>& labels, const Measure& measure, std::size_t score) {
    for (const int label : labels) {
        const auto* const judgements = judgements_of(outcome, label);
        print("{:>6}", judgements ? fmt::format("{:.1f}", 100 * measure.of((*judgements)[score])) : "–");
    }
}

}  // namespace

void print_tables(const Outcome& outcome, const std::vector<int>& labels) {
    const std::vector<Judgement> mean = means(outcome);
    print("\n{}: {}\n", text(outcome.protocol),
          outcome.protocol == Protocol::one_class ? "trained on one label, the others are anomalies"
                                                  : "trained on all labels but one, which is the anomaly");
    for (const Measure& measure : kMeasures) {
        print("\n{:<19}", measure.title);
        for (const int label : labels) print("{:>6}", label);
        print("    mean\n");
        for (std::size_t s = 0; s < mean.size(); ++s) {
            print("  {:<17}", mean[s].score);
            print_row(outcome, labels, measure, s);
            print("{:>8.2f}\n", 100 * measure.of(mean[s]));
        }
    }
}

nlohmann::ordered_json to_json(const Outcome& outcome, const std::vector<int>& labels) {
    const std::vector<Judgement> mean = means(outcome);
    nlohmann::ordered_json scores = nlohmann::ordered_json::object();
    for (std::size_t s = 0; s < mean.size(); ++s)
        for (const Measure& measure : kMeasures) {
            auto& entry = scores[mean[s].score][measure.key];
            entry["mean"] = measure.of(mean[s]);
            for (const int label : labels) {
                const auto* const judgements = judgements_of(outcome, label);
                entry["labels"].push_back(judgements ? nlohmann::ordered_json(measure.of((*judgements)[s])) : nullptr);
            }
        }
    return scores;
}

}  // namespace ae
