// Text from outside: names of files, metadata, arguments. It can be any bytes.
#pragma once
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace ae {

/// The text with U+FFFD in place of what is not UTF-8, as JSON and the metadata of files want it.
std::string valid_utf8(std::string_view text);

/// The text as one line that cannot move a terminal's cursor, colour it or turn the direction of writing round: control
/// characters (C0, DEL, C1), line separators and bidirectional controls are escaped as JSON escapes them, what is not
/// UTF-8 is U+FFFD.
std::string printable(std::string_view text);

/// The same of a text whose lines were meant: each line is printable(), the ends of lines stay.
std::string printable_lines(std::string_view text);

/// Whether a byte of UTF-8 is the first of a character.
bool begins_character(char c);

/// The number of characters of a text in UTF-8; all characters used here take one cell of a terminal.
std::size_t characters(std::string_view text);

/// The number that all of the text is; NaN where it is none.
double number_of(std::string_view text);

/// Removes `begin` from the beginning of a text; false where it is not there.
bool take(std::string_view& text, std::string_view begin);

/// The number that a text begins with, which is removed from it; none where it begins with none.
template <typename T>
std::optional<T> take_number(std::string_view& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

/// The number as a text shows it well: a NaN that a computation leaves has a sign, which would be shown as "-nan".
double without_sign_of_nan(double number);

/// "32x24" as two numbers above 0; none for any other text.
std::optional<std::pair<int, int>> two_numbers(std::string_view text);

}  // namespace ae
