// The output of the program: messages on stderr, which may be lost, and results on stdout, which may not.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "base/text.h"

namespace ae {

/// A message on stderr and the end of its line. A message that cannot be written is no error: where stderr is full,
/// closed or gone it is lost, and where nobody reads it is lost after a second, so that no reader can hold up a
/// training. When somebody reads again, they are told how many are missing.
void say_line(std::string_view line) noexcept;

/// Bytes for a terminal on stderr as they are, without waiting; lost where they cannot be written at once.
void draw_on_terminal(std::string_view bytes) noexcept;

/// A text on stdout as it is. Throws an Error of ExitCode::output where it cannot be written, of
/// ExitCode::reader_gone where whoever read it has ended.
void print_text(std::string_view text);

/// Throws as print_text() does: what was written to stdout met this error.
[[noreturn]] void fail_output(int error);

/// Throws as print_text() does where what was printed does not reach stdout.
void flush_results();

/// What of an argument is shown: texts, which may come from outside, printable(); all others as they are.
template <typename T>
using Shown = std::conditional_t<std::is_convertible_v<const T&, std::string_view>, std::string, const T&>;

template <typename T>
Shown<T> shown(const T& argument) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
        return printable(argument);
    else
        return argument;
}

template <typename... Args>
std::string shown_text(fmt::format_string<Shown<Args>...> text, const Args&... arguments) {
    return [&](const auto&... values) {
        return fmt::vformat(text, fmt::make_format_args(values...));
    }(shown(arguments)...);
}

/// say_line() of a format whose texts are shown printable().
template <typename... Args>
void say(fmt::format_string<Shown<Args>...> text, const Args&... arguments) noexcept {
    try {
        say_line(shown_text<Args...>(text, arguments...));
    } catch (...) {
        say_line("(a message was lost: out of memory)");
    }
}

/// print_text() of a format whose texts are shown printable().
template <typename... Args>
void print(fmt::format_string<Shown<Args>...> text, const Args&... arguments) {
    print_text(shown_text<Args...>(text, arguments...));
}

}  // namespace ae
