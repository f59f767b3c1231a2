#include "command/anomaly_outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/terminal.h"
#include "base/text.h"
#include "data/image_selection.h"

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

/// A label and the width of its column.
struct Column {
    int label = 0;
    std::string name;
    std::size_t width = 0;
};

std::vector<Column> columns_of(const std::vector<int>& labels, const std::vector<std::string>& names) {
    constexpr std::size_t kLeast = 6, kMost = 14;
    std::vector<Column> columns;
    for (const int label : labels) {
        const std::string name = printable(label_text(static_cast<std::size_t>(label), names));
        columns.push_back({label, valid_utf8(name.substr(0, kMost - 2)), std::clamp(name.size() + 2, kLeast, kMost)});
    }
    return columns;
}

void print_row(const Outcome& outcome, const std::vector<Column>& columns, const Measure& measure, std::size_t score) {
    for (const Column& column : columns) {
        const auto* const judgements = judgements_of(outcome, column.label);
        print("{:>{}}", judgements ? fmt::format("{:.1f}", 100 * measure.of((*judgements)[score])) : "–", column.width);
    }
}

}  // namespace

void print_tables(const Outcome& outcome, const std::vector<int>& labels, const std::vector<std::string>& names) {
    const std::vector<Column> columns = columns_of(labels, names);
    const std::vector<Judgement> mean = means(outcome);
    print("\n{}: {}\n", text(outcome.protocol),
          outcome.protocol == Protocol::one_class ? "trained on one label, the others are anomalies"
                                                  : "trained on all labels but one, which is the anomaly");
    for (const Measure& measure : kMeasures) {
        print("\n{:<19}", measure.title);
        for (const Column& column : columns) print("{:>{}}", column.name, column.width);
        print("    mean\n");
        for (std::size_t s = 0; s < mean.size(); ++s) {
            print("  {:<17}", mean[s].score);
            print_row(outcome, columns, measure, s);
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
