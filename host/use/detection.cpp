#include "use/detection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ae/error.h"

namespace ae {

namespace {

struct Judged {
    float score;
    bool is_anomaly;
};

/// Both kinds, the most anomalous first.
std::vector<Judged> ranked(std::span<const float> normal, std::span<const float> anomalous) {
    if (normal.empty() || anomalous.empty())
        throw UsageError(fmt::format("detection: {} normal images and {} anomalies; it takes at least one of each",
                                     normal.size(), anomalous.size()));
    std::vector<Judged> all;
    for (const float s : normal) all.push_back({s, false});
    for (const float s : anomalous) all.push_back({s, true});
    if (std::any_of(all.begin(), all.end(), [](const Judged& j) { return std::isnan(j.score); }))
        throw UsageError("detection: a score is not a number");
    std::sort(all.begin(), all.end(), [](const Judged& a, const Judged& b) { return a.score > b.score; });
    return all;
}

}  // namespace

Detection detection(std::span<const float> normal, std::span<const float> anomalous) {
    const std::vector<Judged> all = ranked(normal, anomalous);
    const auto positives = static_cast<double>(anomalous.size()), negatives = static_cast<double>(normal.size());
    Detection result{0, 0, 1};
    double true_alarms = 0, false_alarms = 0;
    for (auto group = all.begin(); group != all.end();) {  // equal scores cannot be told apart: one step of the curve
        const double true_before = true_alarms, false_before = false_alarms;
        for (const float score = group->score; group != all.end() && group->score == score; ++group)
            ++(group->is_anomaly ? true_alarms : false_alarms);
        result.auroc += (false_alarms - false_before) * (true_before + true_alarms) / 2;
        result.auprc += (true_alarms - true_before) * true_alarms / (true_alarms + false_alarms);
        if (true_alarms >= 0.95 * positives) result.fpr95 = std::min(result.fpr95, false_alarms / negatives);
    }
    result.auroc /= positives * negatives;
    result.auprc /= positives;
    return result;
}

Calibration::Calibration(std::vector<float> normal_scores) : scores_(std::move(normal_scores)) {
    if (scores_.empty() || std::any_of(scores_.begin(), scores_.end(), [](float s) { return std::isnan(s); }))
        throw UsageError("calibration: at least one score is needed, and none may be NaN");
    std::sort(scores_.begin(), scores_.end());
}

double Calibration::p_value(float score) const {
    const auto higher = scores_.end() - std::lower_bound(scores_.begin(), scores_.end(), score);
    return static_cast<double>(1 + higher) / static_cast<double>(1 + scores_.size());
}

float Calibration::threshold(double false_alarm_rate) const {
    const double places = static_cast<double>(1 + scores_.size());
    const auto above = static_cast<std::size_t>(std::max(0.0, std::floor(false_alarm_rate * places + 1e-9)));
    if (!(false_alarm_rate < 1) || above < 1)
        throw UsageError(fmt::format(
            "a false-alarm rate of {:g} % was asked for; {} held-out images can vouch for rates from {:.2g} % "
            "to below 100 %{}",
            100 * false_alarm_rate, scores_.size(), 100 / places,
            false_alarm_rate > 0 && false_alarm_rate < 1
                ? fmt::format(": hold out at least {:.0f}", std::ceil(1 / false_alarm_rate - 1e-9) - 1)
                : ""));
    return scores_[scores_.size() - std::min(above, scores_.size())];
}

double Calibration::rate_deviation(double false_alarm_rate) const {
    const auto n = static_cast<double>(scores_.size());
    const double rate = std::floor(false_alarm_rate * (n + 1) + 1e-9) / (n + 1);
    return std::sqrt(rate * (1 - rate) / (n + 2));
}

}  // namespace ae
