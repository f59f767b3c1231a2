#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/json_text.h"

namespace ae {

namespace {

bool is_plain_ascii(unsigned char c) {
    return c >= 0x20 && c < 0x7F;
}

/// A character of a text, and the bytes that it takes there.
struct Character {
    char32_t code;
    std::size_t length;
};

/// The first character of a text that is valid UTF-8 and not empty.
Character first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t code = lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    return {code, length};
}

bool moves_the_terminal(char32_t c) {
    const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    const bool is_separator = c == 0x2028 || c == 0x2029;
    const bool is_direction =
        c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return is_control || is_separator || is_direction;
}

std::string escaped(char32_t c) {
    switch (c) {
        case '\n':
            return "\\n";
        case '\t':
            return "\\t";
        case '\r':
            return "\\r";
        default:
            return fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
    }
}

}  // namespace

std::string valid_utf8(std::string_view text) {
    const bool is_ascii = std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
    if (is_ascii) return std::string(text);
    return nlohmann::json::parse(json_text(nlohmann::json(text))).get<std::string>();
}

std::string printable(std::string_view text) {
    if (std::ranges::all_of(text, is_plain_ascii)) return std::string(text);
    const std::string valid = valid_utf8(text);
    std::string shown;
    for (std::string_view rest = valid; !rest.empty();) {
        const Character c = first_character(rest);
        shown += moves_the_terminal(c.code) ? escaped(c.code) : std::string(rest.substr(0, c.length));
        rest.remove_prefix(c.length);
    }
    return shown;
}

std::string printable_lines(std::string_view text) {
    std::string lines;
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        lines += printable(text.substr(0, end)) + '\n';
        text.remove_prefix(end + 1);
    }
    return lines + printable(text);
}

std::optional<std::pair<int, int>> two_numbers(std::string_view text) {
    std::pair<int, int> numbers{0, 0};
    const char* const last = text.data() + text.size();
    const auto first = std::from_chars(text.data(), last, numbers.first);
    if (first.ec != std::errc() || first.ptr == last || *first.ptr != 'x') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, last, numbers.second);
    const bool is_whole = second.ec == std::errc() && second.ptr == last && numbers.first > 0 && numbers.second > 0;
    return is_whole ? std::optional(numbers) : std::nullopt;
}

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

double without_sign_of_nan(double number) {
    return std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number;
}

double number_of(std::string_view text) {
    const std::optional<double> number = take_number<double>(text);
    return number && text.empty() ? *number : std::nan("");
}

bool take(std::string_view& text, std::string_view begin) {
    if (!text.starts_with(begin)) return false;
    text.remove_prefix(begin.size());
    return true;
}

}  // namespace ae
