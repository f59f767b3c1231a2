#include "show/sweep_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "model/settings_fields.h"
#include "show/html.h"
#include "show/parallel_coordinates.h"
#include "show/svg_chart.h"
#include "show/sweep_table.h"
#include "train/sweep_ranking.h"

namespace ae {

namespace {

constexpr std::size_t kNamedCurves = 8;

/// The mean over a setting's models, as far as all that did not diverge have come.
std::vector<double> mean_curve(const Sweep& sweep, std::size_t setting) {
    std::vector<double> sum;
    int models = 0;
    for (std::size_t seed = 0; seed < sweep.seeds.size(); ++seed) {
        const SweptModel& model = sweep.models[sweep.model_of(setting, seed)];
        if (model.end == SweptEnd::diverged || model.val_losses.empty()) continue;
        sum.resize(models == 0 ? model.val_losses.size() : std::min(sum.size(), model.val_losses.size()));
        for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += model.val_losses[e];
        ++models;
    }
    for (double& loss : sum) loss /= models;
    return sum;
}

/// The best settings in colours with their ranks, the others in grey below them.
std::string curves(const Sweep& sweep, const std::vector<RankedSetting>& rows) {
    svg::LineChart chart{"epoch", "validation loss", {}, std::nullopt, ""};
    for (std::size_t i = rows.size(); i-- > 0;) {
        svg::Series series{"", "floor", mean_curve(sweep, rows[i].setting)};
        series.is_background = rows[i].rank == 0 || i >= kNamedCurves;
        if (!series.is_background)
            series.name = fmt::format("rank {}", rows[i].rank), series.color = fmt::format("d{}", i % 10);
        if (!series.values.empty()) chart.series.push_back(std::move(series));
    }
    return svg::line_chart(chart);
}

std::string parallel(const Sweep& sweep, const std::vector<RankedSetting>& rows) {
    std::vector<svg::ParallelAxis> axes;
    for (const std::string& option : sweep.options) axes.push_back({option.substr(2), {}});
    axes.push_back({"val_loss", {}});
    std::vector<double> shades;
    const auto ranked = static_cast<double>(std::ranges::count_if(rows, [](const auto& r) { return r.rank > 0; }));
    for (const RankedSetting& row : rows) {
        for (std::size_t o = 0; o < sweep.options.size(); ++o)
            axes[o].values.push_back(sweep.settings[row.setting].values[o]);
        axes.back().values.push_back(row.rank > 0 ? fmt::format("{:.5f}", row.val_loss.mean) : "");
        shades.push_back(row.rank > 0 ? (row.rank - 1) / std::max(1.0, ranked - 1) : std::nan(""));
    }
    return svg::parallel_coordinates(axes, shades, "settings and their validation losses");
}

/// The settings that all models share.
std::string common_settings(const Sweep& sweep) {
    std::string text;
    for_each_setting([&](const SettingName& name, auto get) {
        const auto value = [&](const SweptSetting& s) { return fmt::format("{}", file_value(get(s.settings))); };
        const std::string first = value(sweep.settings.front());
        const bool is_same = std::ranges::all_of(sweep.settings, [&](const auto& s) { return value(s) == first; });
        const bool is_chosen = *name.option != '\0' && std::string(name.key) != "seed";
        if (is_same && is_chosen) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name.words, first);
    });
    return text;
}

std::string shown_facts(const Sweep& sweep, const std::vector<std::pair<std::string, std::string>>& facts) {
    html::Table table;
    table.rows.push_back({"models", fmt::format("{} settings × {} seeds", sweep.settings.size(), sweep.seeds.size())});
    table.rows.push_back({"epochs", fmt::to_string(sweep.epochs)});
    if (const std::vector<int> rungs = rungs_of(sweep); rungs.size() > 1)
        table.rows.push_back({"halving", fmt::format("after epochs {} the best 1/{} of the settings train on",
                                                     fmt::join(rungs.begin(), rungs.end() - 1, ", "), sweep.halving)});
    for (const auto& [name, text] : facts) table.rows.push_back({name, text});
    table.rows.push_back({"all have", common_settings(sweep)});
    return html::table(table);
}

}  // namespace

std::string sweep_page(const Sweep& sweep, const std::vector<std::pair<std::string, std::string>>& facts) {
    const std::vector<RankedSetting> rows = ranking(sweep);
    const auto cells = sweep_table(sweep);
    const std::string title = fmt::format("A sweep of {} models", sweep.models.size());
    std::string body = fmt::format("<h1>{}</h1>\n", title) + shown_facts(sweep, facts);
    body += html::section(
        "Ranking", html::table({cells.front(), {cells.begin() + 1, cells.end()}}) +
                       html::paragraph("Losses are means over seeds ± their standard deviation. The difference to the "
                                       "best setting is paired by seed, ± its standard error: one that is not well "
                                       "above twice its error may be chance."));
    body += html::section("Validation loss",
                          curves(sweep, rows) + html::paragraph("Means over seeds. The best settings are in colours, "
                                                                "the others, and those that were dropped, in grey."));
    if (!sweep.options.empty())
        body += html::section("Settings",
                              parallel(sweep, rows) +
                                  html::paragraph("A line for each setting, from blue, the best, to orange, the worst; "
                                                  "dashed: dropped or diverged."));
    return html::page(title, body);
}

}  // namespace ae
