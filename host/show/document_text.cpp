#include "show/document_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/json_text.h"
#include "base/text.h"

namespace ae {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLongest = 200;  // bytes of one value
constexpr std::size_t kMostRows = 1000;

std::string scalar(const ordered_json& value);

std::string joined(const ordered_json& list, const char* between) {
    std::string text;
    for (const ordered_json& value : list) text += (text.empty() ? "" : between) + scalar(value);
    return text.empty() ? "()" : short_text(text);
}

std::string scalar(const ordered_json& value) {
    if (value.is_string()) return short_text(value.get<std::string>());
    if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
    if (value.is_array()) return joined(value, ", ");
    return short_text(json_text(value));
}

std::string scalar(const std::string& name, const ordered_json& value) {
    return name == "shape" && value.is_array() ? joined(value, "×") : scalar(value);
}

std::string padded(const std::string& text, std::size_t columns) {
    return text + std::string(columns - std::min(columns, characters(text)), ' ');
}

bool is_table(const ordered_json& value) {
    return value.is_array() && !value.empty() && value.front().is_object();
}

/// The names of the first row's values are those of the columns.
std::string table_text(const ordered_json& rows, const std::string& indent) {
    std::vector<std::vector<std::string>> lines(1);
    for (const auto& [name, value] : rows.front().items()) lines[0].push_back(name);
    for (std::size_t r = 0; r < std::min(kMostRows, rows.size()); ++r) {
        lines.emplace_back();
        for (const std::string& name : lines[0])
            lines.back().push_back(rows[r].contains(name) ? scalar(name, rows[r][name]) : "");
    }
    std::vector<std::size_t> columns(lines[0].size());
    for (const auto& line : lines)
        for (std::size_t c = 0; c < line.size(); ++c) columns[c] = std::max(columns[c], characters(line[c]));
    std::string text;
    for (const auto& line : lines) {
        std::string row = indent;
        for (std::size_t c = 0; c < line.size(); ++c) row += padded(line[c], columns[c] + 2);
        text += row.substr(0, row.find_last_not_of(' ') + 1) + '\n';
    }
    return rows.size() <= kMostRows ? text : text + fmt::format("{}… {} more\n", indent, rows.size() - kMostRows);
}

std::string object_text(const ordered_json& object, const std::string& indent) {
    std::size_t column = 0;
    for (const auto& [name, value] : object.items())
        if (!value.is_object() && !is_table(value)) column = std::max(column, characters(short_text(name)));
    std::string text;
    for (const auto& [name, value] : object.items()) {
        if (is_table(value))
            text += indent + short_text(name) + '\n' + table_text(value, indent + "  ");
        else if (value.is_object())
            text += indent + short_text(name) + '\n' + object_text(value, indent + "  ");
        else
            text += fmt::format("{}{}  {}\n", indent, padded(short_text(name), column), scalar(name, value));
    }
    return text;
}

}  // namespace

std::string short_text(const std::string& text) {
    const std::string shown = printable(text);
    if (shown.size() <= kLongest) return shown;
    std::size_t end = kLongest;
    while ((static_cast<unsigned char>(shown[end]) & 0xC0) == 0x80) --end;  // never within a character
    return shown.substr(0, end) + "…";
}

std::string document_text(const ordered_json& document) {
    return object_text(document, "");
}

std::string aligned(const std::vector<std::vector<std::string>>& table) {
    std::vector<std::size_t> widths(table.front().size());
    for (const auto& row : table)
        for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], characters(printable(row[c])));
    std::string lines;
    for (const auto& row : table) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            const std::string text = printable(row[c]), gap(widths[c] - characters(text), ' ');
            const bool is_flush_left = c == 0 || table.front()[c].empty();
            line += (c > 0 ? "  " : "") + (is_flush_left ? text + gap : gap + text);
        }
        lines += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return lines;
}

}  // namespace ae
