#include "text.h"

#include <charconv>

#include "error.h"

namespace ptx {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Directives that end with their line.
bool is_a_line(std::string_view text) {
    for (const std::string_view word : {".loc", ".file", ".version", ".target", ".address_size"})
        if (text.substr(0, word.size()) == word) return true;
    return false;
}

/// Whether a brace after this text begins a block; otherwise it begins a list of registers or of values.
bool opens_block(std::string_view text) {
    return text.empty() || text.find(".entry") != text.npos || text.find(".func") != text.npos ||
           text.substr(0, 8) == ".section";
}

/// Cuts a file into statements, character by character.
class Cutter {
public:
    void take(char c) {
        if (c == '\n') end_line();
        if (depth_ == 0 && is_structure(c)) return;
        depth_ += c == '{' ? 1 : c == '}' ? -1 : 0;
        if (text_.empty() && kBlanks.find(c) == kBlanks.npos) began_ = line_;
        if (!text_.empty() || kBlanks.find(c) == kBlanks.npos) text_ += c;
    }
    std::vector<Statement> all;

private:
    using Kind = Statement::Kind;

    void end_line() {
        if (is_a_line(text_)) finish(Kind::text);
        ++line_;
    }
    bool is_structure(char c) {
        if (c == ';') {
            finish(Kind::text);
        } else if (c == ':' && text_[0] == '$') {
            finish(Kind::label);
        } else if (c == '{' && opens_block(text_)) {
            finish(Kind::text);
            all.push_back({Kind::open, "", line_});
        } else if (c == '}') {
            text_.clear();  // of a section of data, whose lines have no semicolons
            all.push_back({Kind::close, "", line_});
        } else {
            return false;
        }
        return true;
    }
    void finish(Kind kind) {
        if (!text_.empty()) all.push_back({kind, std::string(trim(text_)), began_});
        text_.clear();
    }

    std::string text_;
    int line_ = 1, began_ = 1, depth_ = 0;
};

std::uint64_t unsigned_number(std::string_view digits, int base, std::string_view whole) {
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (status != std::errc() || end != digits.data() + digits.size())
        throw Error("'" + std::string(whole) + "' is no number, symbol or register");
    return value;
}

}  // namespace

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    std::size_t first = 0;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '{' || text[i] == '[') ++depth;
        if (text[i] == '}' || text[i] == ']') --depth;
        if (depth != 0 || separators.find(text[i]) == separators.npos) continue;
        parts.push_back(trim(text.substr(first, i - first)));
        first = i + 1;
    }
    if (const auto last = trim(text.substr(first)); !last.empty()) parts.push_back(last);
    return parts;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (!(text = trim(text)).empty()) {
        const auto end = std::min(text.find_first_of(kBlanks), text.size());
        found.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return found;
}

std::uint64_t number(std::string_view text) {
    const std::string_view prefix = text.substr(0, 2);
    if (prefix == "0x" || prefix == "0f" || prefix == "0F" || prefix == "0d" || prefix == "0D")
        return unsigned_number(text.substr(2), 16, text);
    const bool negative = !text.empty() && text[0] == '-';
    const std::uint64_t magnitude = unsigned_number(text.substr(negative ? 1 : 0), 10, text);
    return negative ? 0 - magnitude : magnitude;
}

std::vector<Statement> statements(std::string_view file) {
    Cutter cutter;
    for (std::size_t i = 0; i < file.size(); ++i) {
        if (file.substr(i, 2) == "//") i = std::min(file.find('\n', i), file.size() - 1);
        cutter.take(file[i]);
    }
    return std::move(cutter.all);
}

}  // namespace ptx
