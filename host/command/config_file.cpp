#include "command/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "ae/error.h"
#include "base/json_text.h"
#include "file/input_file.h"

namespace ae {

namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;
constexpr const char* kMadeBy = "made_by";
constexpr std::string_view kSpaces = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kSpaces);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// The value without the quotes around it, or without the comment after it.
std::string_view value_of(std::string_view text) {
    if (!text.empty() && (text.front() == '"' || text.front() == '\''))
        if (const std::size_t end = text.find(text.front(), 1); end != text.npos) return text.substr(1, end - 1);
    for (std::size_t at = text.find('#'); at != text.npos; at = text.find('#', at + 1))
        if (at == 0 || kSpaces.find(text[at - 1]) != kSpaces.npos) return trimmed(text.substr(0, at));
    return text;
}

ConfigLine parse_line(std::string_view text, const std::string& name, int number) {
    const std::size_t equals = text.find('=');
    const std::string_view option = trimmed(text.substr(0, equals));
    if (equals == text.npos || option.empty() || option.find_first_of(" \t\"'[]") != option.npos ||
        option.starts_with('-') || text.find('\0') != text.npos)
        throw UsageError(
            fmt::format("{}:{}: '{:.60}' is not an option; one `name = value` a line was expected, as "
                        "batch-size = 128",
                        name, number, text));
    return {std::string(option), std::string(value_of(trimmed(text.substr(equals + 1)))),
            fmt::format("{}:{}", name, number)};
}

bool is_value(const nlohmann::ordered_json& value) {
    return !value.is_structured() && !value.is_null();
}

std::string text_of(const nlohmann::ordered_json& value) {
    return value.is_string() ? value.get<std::string>() : json_text(value);
}

/// None where it is neither a value nor a list of values.
std::optional<ConfigLine> line_of(const std::string& key, const nlohmann::ordered_json& value) {
    ConfigLine line{key, "", ""};
    if (is_value(value)) {
        line.value = text_of(value);
        return line;
    }
    if (!value.is_array() || value.empty() || !std::ranges::all_of(value, is_value)) return std::nullopt;
    std::ranges::transform(value, std::back_inserter(line.list), text_of);
    return line;
}

std::vector<ConfigLine> parse_json(std::string_view text, const std::string& name) {
    const auto document = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!document.is_object()) throw UsageError(fmt::format("{}: begins as JSON does and is none", name));
    std::vector<ConfigLine> lines;
    for (const auto& [key, value] : document.items()) {
        if (key == kMadeBy) continue;
        std::optional<ConfigLine> line = line_of(key, value);
        if (!line)
            throw UsageError(
                fmt::format("{}: '{:.60}' is neither a text nor a number nor true or false, nor a list of "
                            "such",
                            name, key));
        line->place = name;
        lines.push_back(std::move(*line));
    }
    return lines;
}

}  // namespace

std::vector<ConfigLine> parse_config(std::string_view text, const std::string& name) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // some editors begin a file with this mark
    if (const std::size_t first = text.find_first_not_of(" \t\r\n"); first != text.npos && text[first] == '{')
        return parse_json(text, name);
    std::vector<ConfigLine> lines;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = trimmed(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(text.size(), text.find('\n') == text.npos ? text.size() : text.find('\n') + 1));
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        lines.push_back(parse_line(line, name, number));
    }
    return lines;
}

std::vector<ConfigLine> read_config(const std::filesystem::path& path) {
    std::string text;
    try {
        text = read_input(path, kMostBytes);
    } catch (const DataError& error) {
        throw UsageError(fmt::format("--config: {}", error.what()));
    }
    return parse_config(text, path.string());
}

}  // namespace ae
