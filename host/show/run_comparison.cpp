#include "show/run_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "show/html.h"
#include "show/svg_chart.h"
#include "train/epochs.h"

namespace ae {

namespace {

constexpr std::size_t kColours = 10;

void sort_by_loss(std::vector<ComparedRun>& runs) {
    std::ranges::stable_sort(runs, {}, [](const ComparedRun& run) { return best_epoch(run.history).val_loss; });
}

/// Places of the settings in which the runs differ.
std::vector<std::size_t> differing(const std::vector<ComparedRun>& runs) {
    std::vector<std::size_t> places;
    for (std::size_t s = 0; s < runs.front().settings.size(); ++s)
        if (std::ranges::any_of(runs, [&](const ComparedRun& r) { return r.settings[s] != runs.front().settings[s]; }))
            places.push_back(s);
    return places;
}

std::string common_settings(const std::vector<ComparedRun>& runs) {
    const std::vector<std::size_t> places = differing(runs);
    std::string text;
    for (std::size_t s = 0; s < runs.front().settings.size(); ++s) {
        if (std::ranges::find(places, s) != places.end()) continue;
        const auto& [name, value] = runs.front().settings[s];
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
    }
    return text;
}

/// The last part of a folder's path, as far as there is room beside a curve.
std::string short_name(const std::string& folder) {
    constexpr std::size_t kRoom = 12;
    const std::string name = std::filesystem::path(folder).lexically_normal().filename().string();
    return valid_utf8((name.empty() ? folder : name).substr(0, kRoom));
}

std::string curves(const std::vector<ComparedRun>& runs) {
    svg::LineChart chart{"epoch", "validation loss", {}, std::nullopt, ""};
    for (std::size_t i = 0; i < runs.size(); ++i) {
        svg::Series series{short_name(runs[i].name), fmt::format("d{}", i % kColours), {}};
        for (const EpochRecord& e : runs[i].history) series.values.push_back(e.val_loss);
        chart.series.push_back(std::move(series));
    }
    return svg::line_chart(chart);
}

}  // namespace

std::vector<std::vector<std::string>> comparison_table(std::vector<ComparedRun> runs) {
    sort_by_loss(runs);
    const std::vector<std::size_t> places = differing(runs);
    std::vector<std::vector<std::string>> table{
        {"run", "best val_loss", "epoch", "epochs", "last val_loss", "seconds"}};
    for (const std::size_t s : places) table.front().push_back(runs.front().settings[s].first);
    for (const ComparedRun& run : runs) {
        const EpochRecord& best = best_epoch(run.history);
        table.push_back({run.name, fmt::format("{:.5f}", best.val_loss), fmt::to_string(best.epoch),
                         fmt::to_string(run.history.size()), fmt::format("{:.5f}", run.history.back().val_loss),
                         fmt::format("{:.1f}", seconds_of(run.history))});
        for (const std::size_t s : places) table.back().push_back(run.settings[s].second);
    }
    return table;
}

nlohmann::ordered_json comparison_json(const std::vector<ComparedRun>& runs) {
    nlohmann::ordered_json document;
    for (const ComparedRun& run : runs) {
        nlohmann::ordered_json entry = {{"run", run.name},
                                        {"best_val_loss", best_epoch(run.history).val_loss},
                                        {"best_epoch", best_epoch(run.history).epoch},
                                        {"epochs", run.history.size()},
                                        {"last_val_loss", run.history.back().val_loss},
                                        {"seconds", seconds_of(run.history)}};
        for (const auto& [name, value] : run.settings) entry["settings"][name] = value;
        document["runs"].push_back(std::move(entry));
    }
    for (const std::size_t s : differing(runs)) document["differ_in"].push_back(runs.front().settings[s].first);
    return document;
}

std::string comparison_page(const std::vector<ComparedRun>& given) {
    std::vector<ComparedRun> runs = given;
    sort_by_loss(runs);
    const auto cells = comparison_table(runs);
    const html::Table table{cells.front(), {cells.begin() + 1, cells.end()}};
    const std::string common = common_settings(runs);
    return html::page(
        fmt::format("{} runs compared", runs.size()),
        fmt::format("<h1>{} runs compared</h1>\n", runs.size()) + html::section("Validation loss", curves(runs)) +
            html::section("What they reached, best first",
                          html::table(table) +
                              html::paragraph(common.empty() ? "" : "The same in all of them: " + common + ".")));
}

}  // namespace ae
