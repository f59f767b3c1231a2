#include "show/sweep_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "train/sweep_ranking.h"

namespace ae {

namespace {

/// With digits after the point; large numbers, as of models that nearly diverge, with three digits in all.
std::string number_text(double value, int digits) {
    return std::abs(value) < 1000 ? fmt::format("{:.{}f}", value, digits) : fmt::format("{:.2e}", value);
}

std::string spread_text(const Spread& spread, int digits) {
    if (spread.count == 0) return "";
    if (!std::isfinite(spread.sd)) return number_text(spread.mean, digits);
    return fmt::format("{} ± {}", number_text(spread.mean, digits), number_text(spread.sd, digits));
}

/// Nothing for the best setting itself.
std::string difference_text(const RankedSetting& row) {
    const Spread& d = row.difference;
    if (row.rank < 2 || d.count == 0) return "";
    const std::string mean = (d.mean < 0 ? "" : "+") + number_text(d.mean, 5);
    return std::isfinite(d.sd) ? fmt::format("{} ± {}", mean, number_text(d.standard_error(), 5)) : mean;
}

std::string remark(const Sweep& sweep, const RankedSetting& row) {
    if (row.diverged > 0) return fmt::format("{} of {} diverged", row.diverged, sweep.seeds.size());
    if (row.dropped_after > 0) return fmt::format("dropped after epoch {}", row.dropped_after);
    if (row.val_loss.count < sweep.seeds.size())
        return fmt::format("{} of {} models", row.val_loss.count, sweep.seeds.size());
    return "";
}

}  // namespace

std::vector<std::vector<std::string>> sweep_table(const Sweep& sweep) {
    std::vector<std::vector<std::string>> table{{"rank"}};
    for (const std::string& option : sweep.options) table.front().push_back(option.substr(2));
    for (const char* head : {"val_loss", "val_mse", "to the best", ""}) table.front().emplace_back(head);
    for (const RankedSetting& row : ranking(sweep)) {
        std::vector<std::string> cells{row.rank > 0 ? fmt::to_string(row.rank) : "-"};
        for (const std::string& value : sweep.settings[row.setting].values) cells.push_back(value);
        cells.push_back(spread_text(row.val_loss, 5));
        cells.push_back(spread_text(row.val_mse, 6));
        const std::string difference = difference_text(row), also = remark(sweep, row);
        cells.push_back(difference.empty() ? also : difference);  // one column for both keeps the table narrow
        cells.push_back(difference.empty() ? "" : also);
        table.push_back(std::move(cells));
    }
    return table;
}

}  // namespace ae
