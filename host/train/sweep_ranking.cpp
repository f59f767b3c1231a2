#include "train/sweep_ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace ae {

namespace {

RankedSetting summary(const Sweep& sweep, std::size_t setting) {
    RankedSetting row{.setting = setting, .val_loss = {}, .val_mse = {}, .difference = {}};
    std::vector<double> losses, errors;
    for (std::size_t seed = 0; seed < sweep.seeds.size(); ++seed) {
        const SweptModel& model = sweep.models[sweep.model_of(setting, seed)];
        row.diverged += model.end == SweptEnd::diverged;
        if (model.end == SweptEnd::dropped) row.dropped_after = model.epochs();
        if (model.end != SweptEnd::done && model.end != SweptEnd::dropped) continue;
        losses.push_back(model.val_loss());
        errors.push_back(model.val_mse);
    }
    row.val_loss = Spread::of(losses), row.val_mse = Spread::of(errors);
    return row;
}

bool deserves_a_rank(const RankedSetting& row) {
    return row.diverged == 0 && row.dropped_after == 0;
}

/// Over the seeds with which both settings are done.
Spread paired_difference(const Sweep& sweep, std::size_t setting, std::size_t best) {
    std::vector<double> differences;
    for (std::size_t seed = 0; seed < sweep.seeds.size(); ++seed) {
        const SweptModel& a = sweep.models[sweep.model_of(setting, seed)];
        const SweptModel& b = sweep.models[sweep.model_of(best, seed)];
        if (a.end == SweptEnd::done && b.end == SweptEnd::done) differences.push_back(a.val_loss() - b.val_loss());
    }
    return Spread::of(differences);
}

}  // namespace

Spread Spread::of(std::span<const double> values) {
    const auto n = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {mean, values.size() < 2 ? std::nan("") : std::sqrt(squares / (n - 1)), values.size()};
}

double Spread::standard_error() const {
    return sd / std::sqrt(static_cast<double>(count));
}

std::vector<RankedSetting> ranking(const Sweep& sweep) {
    std::vector<RankedSetting> rows;
    for (std::size_t setting = 0; setting < sweep.settings.size(); ++setting)
        if (const RankedSetting row = summary(sweep, setting); row.val_loss.count > 0 || row.diverged > 0)
            rows.push_back(row);
    const auto place = [](const RankedSetting& row) {
        const bool has_mean = row.val_loss.count > 0;
        return std::tuple(row.diverged, row.dropped_after > 0, -row.dropped_after, has_mean ? row.val_loss.mean : 0);
    };
    std::ranges::stable_sort(rows, [&](const auto& a, const auto& b) { return place(a) < place(b); });
    int rank = 0;
    for (RankedSetting& row : rows) {
        if (!deserves_a_rank(row)) continue;
        row.rank = ++rank;
        row.difference = paired_difference(sweep, row.setting, rows.front().setting);
    }
    return rows;
}

}  // namespace ae
