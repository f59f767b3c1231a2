#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/rows.h"
#include "model/training_data.h"
#include "show/html.h"
#include "show/report_sections.h"
#include "use/feature_errors.h"

namespace ae::report {

namespace {

constexpr std::size_t kMostColumns = 40, kMostRows = 10;
constexpr int kAtFault = 3;

/// How well a column is rebuilt.
struct ColumnError {
    int column = 0;
    double error = 0;      ///< root of the mean squared error, in the column's own units
    double explained = 0;  ///< share of its variance; NaN where it has none
};

/// From a difference between the network's values to one in the column's own units.
double own_units(const RunReport& r, int column) {
    const Scale& scale = r.model.scale;
    return scale.is_none() ? 1 : 1 / static_cast<double>(scale.factor[static_cast<std::size_t>(column)]);
}

ColumnError error_of(const RunReport& r, int column) {
    const auto values = as_rows(r.originals, r.model.settings.shape.pixels());
    const auto rebuilt = as_rows(r.reconstructions, values.cols);
    double sum = 0, squares = 0, errors = 0;
    for (int i = 0; i < values.rows; ++i) {
        const double x = values.row(i)[column], e = x - rebuilt.row(i)[column];
        sum += x, squares += x * x, errors += e * e;
    }
    const double spread = squares - sum * sum / values.rows;
    const bool is_constant = !(spread > 1e-9 * std::max(squares, 1e-300));
    return {column, std::sqrt(errors / values.rows) * own_units(r, column),
            is_constant ? std::nan("") : 1 - errors / spread};
}

/// Those of which least is explained first; those without a variance last.
std::vector<ColumnError> errors_of_columns(const RunReport& r) {
    std::vector<ColumnError> errors;
    for (int c = 0; c < r.model.settings.shape.pixels(); ++c) errors.push_back(error_of(r, c));
    std::ranges::stable_sort(errors, {},
                             [](const ColumnError& e) { return std::isnan(e.explained) ? 2 : e.explained; });
    return errors;
}

/// In tenths of a percent; −0.0 + 0.0 is 0.0.
std::string share_text(double share) {
    return std::isnan(share) ? "constant" : fmt::format("{:.1f} %", std::round(1000 * share) / 10 + 0.0);
}

/// Values of a row in their own units.
std::vector<float> own_values(const RunReport& r, std::span<const float> row) {
    std::vector<float> values(row.begin(), row.end());
    r.model.scale.undo(values);
    return values;
}

}  // namespace

std::string columns(const RunReport& r) {
    const std::vector<ColumnError> errors = errors_of_columns(r);
    const std::size_t shown = std::min(errors.size(), kMostColumns);
    const std::vector<std::string> names = trained_columns(r.model.metadata);
    html::Table table{{"column", "typical error", "variance explained"}, {}};
    for (const ColumnError& e : std::span(errors).first(shown))
        table.rows.push_back({column_name(names, e.column), fmt::format("{:.4g}", e.error), share_text(e.explained)});
    return html::section(
        "Columns", html::table(table) +
                       html::paragraph(fmt::format(
                           "{}The typical error is the root of the mean square, in the column's own units; a negative "
                           "share says that the column's mean would be nearer than the reconstruction.",
                           shown < errors.size()
                               ? fmt::format("The {} of {} columns that are rebuilt worst. ", shown, errors.size())
                               : "")));
}

std::string worst_rows(const RunReport& r) {
    const auto rows = as_rows(r.originals, r.model.settings.shape.pixels());
    const auto rebuilt = as_rows(r.reconstructions, rows.cols);
    const std::vector<std::string> names = trained_columns(r.model.metadata);
    const bool has_labels = !r.data.test.labels.empty();
    std::vector<int> order = by_error(r);
    order.resize(std::min(order.size(), kMostRows));
    html::Table table{{"squared error", "columns with the largest shares of it"}, {}};
    if (has_labels) table.head.insert(table.head.begin() + 1, "label");
    for (const int i : order) {
        const auto at = static_cast<std::size_t>(i);
        std::vector<std::string> cells{fmt::format("{:.4f}", r.scores.mse[at])};
        if (has_labels) cells.push_back(r.label_name(r.data.test.labels[at]));
        const auto errors = largest_errors(rows.row_block(i, 1), rebuilt.row_block(i, 1), kAtFault);
        const std::vector<float> values = own_values(r, row_of(rows, i)), back = own_values(r, row_of(rebuilt, i));
        std::vector<std::string> faults;
        for (const FeatureError& e : errors.front()) {
            const auto feature = static_cast<std::size_t>(e.feature);
            faults.push_back(fmt::format("{} {:.5g} (rebuilt {:.5g})", column_name(names, e.feature), values[feature],
                                         back[feature]));
        }
        cells.push_back(fmt::format("{}", fmt::join(faults, ", ")));
        table.rows.push_back(std::move(cells));
    }
    return html::section("Rows with the largest errors", html::table(table));
}

}  // namespace ae::report
