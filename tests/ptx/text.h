// Pieces of PTX text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ptx {

std::string_view trim(std::string_view text);

/// The parts between separators that stand outside of brackets and braces, trimmed.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

/// Words between blanks.
std::vector<std::string_view> words(std::string_view text);

/// An integer, or the bits of a float: 12, -3, 0x1F, 0f3F800000, 0d3FF0000000000000. Throws Error.
std::uint64_t number(std::string_view text);

/// A statement of PTX, or what opens or closes a block of them.
struct Statement {
    enum class Kind { text, label, open, close };
    Kind kind = Kind::text;
    std::string text;  ///< without its semicolon or colon
    int line = 0;      ///< of the file, where it begins
};

/// The statements of a file. Comments are gone.
std::vector<Statement> statements(std::string_view file);

}  // namespace ptx
