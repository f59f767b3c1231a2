#include "file/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "ae/error.h"
#include "file/csv_records.h"
#include "file/input_file.h"

namespace ae {
namespace {

using Cells = std::vector<std::string>;
constexpr std::size_t kMostLabels = 256;
constexpr std::size_t kShownNames = 12;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// The finite number that a cell holds.
std::optional<float> number_in(std::string_view cell) {
    cell = trimmed(cell);
    if (cell.starts_with('+') && cell.find('-') != 1) cell.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size() || cell.empty()) return std::nullopt;
    const auto rounded = static_cast<float>(value);
    return std::isfinite(rounded) ? std::optional(rounded) : std::nullopt;
}

/// The place that a number from 1 to `count` names.
std::optional<std::size_t> numbered(const std::string& column, std::size_t count) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(column.data(), column.data() + column.size(), number);
    if (error != std::errc() || end != column.data() + column.size()) return std::nullopt;
    return number >= 1 && number <= count ? std::optional(number - 1) : std::nullopt;
}

/// Whether these are the names that pandas gives to columns without any.
bool counts_from_0(const Cells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (cells[i] != std::to_string(i)) return false;
    return cells.size() > 1;
}

/// The use that is made of each column.
class Columns {
public:
    Columns(const Cells& first, const std::string& name, const TableReading& reading) : name_(name) {
        has_header_ = looks_like_header(first, reading);
        if (has_header_) names_ = first;
        uses_.assign(first.size(), Use::number);
        if (has_index()) uses_[0] = Use::none;
        const auto is_meant = [&](const std::string& column) { return !reading.may_lack_them || has(column); };
        for (const std::string& column : reading.ignore)
            if (is_meant(column)) uses_[find("--ignore", column)] = Use::none;
        const auto called_label = std::ranges::find(names_, "label");
        if (!reading.label.empty() && is_meant(reading.label))
            set_label(find("--label", reading.label));
        else if (called_label != names_.end() && uses_[place(called_label)] == Use::number)
            set_label(place(called_label));
        if (width() == 0) throw UsageError(fmt::format("{}: no column of numbers is left", name));
    }

    bool has_header() const { return has_header_; }
    bool has_index() const { return has_header_ && names_.size() > 1 && names_[0].empty(); }
    std::size_t count() const { return uses_.size(); }
    std::uint64_t width() const { return static_cast<std::uint64_t>(std::ranges::count(uses_, Use::number)); }
    bool is_number(std::size_t i) const { return uses_[i] == Use::number; }
    std::optional<std::size_t> label() const { return label_; }

    std::string name(std::size_t i) const {
        return has_header_ && !names_[i].empty() ? names_[i] : std::to_string(i + 1);
    }

    std::vector<std::string> names_of_numbers() const {
        std::vector<std::string> names;
        for (std::size_t i = 0; has_header_ && i < count(); ++i)
            if (is_number(i)) names.push_back(name(i));
        return names;
    }

private:
    enum class Use { number, label, none };

    std::size_t place(Cells::const_iterator at) const { return static_cast<std::size_t>(at - names_.begin()); }

    void set_label(std::size_t at) {
        label_ = at;
        uses_[at] = Use::label;
    }

    /// Columns that an option names by a number say nothing about the header, since labels may be text.
    static bool looks_like_header(const Cells& first, const TableReading& reading) {
        if (counts_from_0(first)) return true;
        Cells others = first;
        Cells named = reading.ignore;
        if (!reading.label.empty()) named.push_back(reading.label);
        for (const std::string& column : named)
            if (const auto at = numbered(column, first.size())) others[*at] = "0";
        return !std::ranges::all_of(others, [](const std::string& cell) { return number_in(cell).has_value(); });
    }

    bool has(const std::string& column) const { return std::ranges::find(names_, column) != names_.end(); }

    std::size_t find(const char* option, const std::string& column) const {
        if (const auto at = std::ranges::find(names_, column); at != names_.end()) return place(at);
        if (const auto at = numbered(column, count())) return *at;
        std::string known = has_header_ ? fmt::format("{}", fmt::join(names_.begin(), names_.begin() + shown(), ", "))
                                        : std::string("no header");
        if (has_header_ && names_.size() > kShownNames) known += ", …";
        throw UsageError(
            fmt::format("{} {}: {} has no such column; it has {} columns, {}", option, column, name_, count(), known));
    }

    std::ptrdiff_t shown() const { return static_cast<std::ptrdiff_t>(std::min(names_.size(), kShownNames)); }

    const std::string& name_;
    Cells names_;
    std::vector<Use> uses_;
    std::optional<std::size_t> label_;
    bool has_header_ = false;
};

class Rows {
public:
    Rows(const Columns& columns, const std::string& name) : columns_(columns), name_(name) {
        table_.columns = columns.names_of_numbers();
        table_.width = columns.width();
        table_.has_index = columns.has_index();
        if (columns.label()) table_.label_column = columns.name(*columns.label());
    }

    void add(const Cells& cells, std::uint64_t line) {
        if (cells.size() != columns_.count())
            throw DataError(fmt::format("{}: line {} has {} cells; the first line has {}", name_, line, cells.size(),
                                        columns_.count()));
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (columns_.is_number(i)) table_.values.push_back(number(cells, i, line));
        if (columns_.label()) table_.labels.push_back(label(cells[*columns_.label()], line));
        ++table_.rows;
    }

    Table take() && { return std::move(table_); }

private:
    [[noreturn]] void fail(std::uint64_t line, std::size_t column, const std::string& what) const {
        throw DataError(fmt::format("{}: line {}, column {}: {}", name_, line, columns_.name(column), what));
    }

    float number(const Cells& cells, std::size_t i, std::uint64_t line) const {
        if (const auto value = number_in(cells[i])) return *value;
        if (trimmed(cells[i]).empty()) fail(line, i, "is empty; a number was expected");
        fail(line, i,
             fmt::format("'{:.40}' is not a finite number; --ignore leaves a column out, and --label takes it "
                         "for labels",
                         cells[i]));
    }

    std::uint8_t label(const std::string& cell, std::uint64_t line) {
        if (trimmed(cell).empty()) fail(line, *columns_.label(), "is empty; a label was expected");
        const std::string text(trimmed(cell));
        auto at = std::ranges::find(table_.label_names, text);
        if (at == table_.label_names.end() && table_.label_names.size() == kMostLabels)
            fail(line, *columns_.label(), fmt::format("more than {} different labels", kMostLabels));
        if (at == table_.label_names.end()) at = table_.label_names.insert(at, text);
        return static_cast<std::uint8_t>(at - table_.label_names.begin());
    }

    const Columns& columns_;
    const std::string& name_;
    Table table_;
};

}  // namespace

Table parse_table(std::string_view text, const std::string& name, const TableReading& reading) {
    CsvRecords records(text, name);
    if (!records.next()) throw DataError(fmt::format("{}: is empty; rows of numbers were expected", name));
    const Columns columns(records.cells(), name, reading);
    Rows rows(columns, name);
    if (!columns.has_header()) rows.add(records.cells(), records.line());
    while (records.next()) rows.add(records.cells(), records.line());
    Table table = std::move(rows).take();
    if (table.rows == 0) throw DataError(fmt::format("{}: has a header and no rows", name));
    return table;
}

Table read_table(const std::filesystem::path& path, const TableReading& reading) {
    return parse_table(read_input(path), path.string(), reading);
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string cell = "\"";
    for (const char c : text) cell.append(c == '"' ? 2 : 1, c);
    return cell + '"';
}

}  // namespace ae
