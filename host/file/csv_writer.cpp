#include "file/csv_writer.h"

#include <fmt/format.h>

namespace ae {

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",;\t\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

std::string serialize_csv(std::span<const float> values, std::size_t width, const std::vector<std::string>& columns) {
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) text += (i == 0 ? "" : ",") + csv_cell(columns[i]);
    if (!columns.empty()) text += '\n';
    for (std::size_t i = 0; i < values.size(); ++i) {
        text += fmt::to_string(values[i]);
        text += (i + 1) % width == 0 ? '\n' : ',';
    }
    return text;
}

}  // namespace ae
