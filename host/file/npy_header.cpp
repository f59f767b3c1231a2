#include "file/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ae/error.h"

namespace ae {
namespace {

constexpr std::size_t kMostDimensions = 64;

/// Reads the one Python dict that a header may be. Everything else that Python could evaluate is refused.
class HeaderReader {
public:
    HeaderReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

    NpyHeader read() {
        expect('{', "does not begin with {");
        while (!accept('}')) {
            read_entry(quoted("a key"));
            if (accept('}')) break;
            expect(',', "has no comma between its entries");
        }
        skip_spaces();
        if (at_ != text_.size()) fail("has text after its dict");
        if (!descr_) fail("has no 'descr'");
        if (!fortran_order_) fail("has no 'fortran_order'");
        if (!shape_) fail("has no 'shape'");
        return {*descr_, *fortran_order_, *shape_};
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(fmt::format("{}: its .npy header {}", name_, what));
    }

    void skip_spaces() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
    bool accept(char c) {
        skip_spaces();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool accept_word(std::string_view word) {
        skip_spaces();
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    void expect(char c, const char* otherwise) {
        if (!accept(c)) fail(otherwise);
    }

    std::string quoted(const char* what) {
        skip_spaces();
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '\'' && quote != '"') fail(fmt::format("has no string where {} was expected", what));
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) fail("has a string without an end");
        const std::string_view content = text_.substr(at_ + 1, end - at_ - 1);
        if (!std::ranges::all_of(content, [](char c) { return c >= ' ' && c <= '~' && c != '\\'; }))
            fail("has unusual characters in a string");
        at_ = end + 1;
        return std::string(content);
    }

    void read_entry(const std::string& key) {
        expect(':', "has a key without a value");
        if (key == "descr")
            put(descr_, key, [&] { return descr(); });
        else if (key == "fortran_order")
            put(fortran_order_, key, [&] { return boolean(); });
        else if (key == "shape")
            put(shape_, key, [&] { return tuple(); });
        else
            fail(fmt::format("has an unknown key '{:.40}'", key));
    }

    template <typename T, typename F>
    void put(std::optional<T>& to, const std::string& key, F value) {
        if (to) fail(fmt::format("has '{}' twice", key));
        to = value();
    }

    std::string descr() {
        if (accept('[')) fail("describes records; plain numbers were expected");
        return quoted("the type of the values");
    }

    bool boolean() {
        if (accept_word("True")) return true;
        if (!accept_word("False")) fail("has a 'fortran_order' that is neither True nor False");
        return false;
    }

    /// "(2, 3)", "(2,)", "()": a comma makes a tuple of one.
    std::vector<std::uint64_t> tuple() {
        expect('(', "has a 'shape' that is not a tuple");
        std::vector<std::uint64_t> shape;
        while (!accept(')')) {
            if (shape.size() == kMostDimensions) fail(fmt::format("has more than {} dimensions", kMostDimensions));
            shape.push_back(dimension());
            const bool comma = accept(',');
            if (comma) continue;
            if (shape.size() == 1) fail("has a 'shape' that is not a tuple");
            expect(')', "has a 'shape' without an end");
            break;
        }
        return shape;
    }

    std::uint64_t dimension() {
        if (accept('-')) fail("has a negative dimension");
        skip_spaces();
        const std::size_t begin = at_;
        std::uint64_t value = 0;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
            const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
            if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, digit, &value))
                fail("has a dimension beyond 64 bits");
        }
        if (at_ == begin) fail("has a dimension that is not a number");
        accept('L');  // as Python 2 wrote them
        return value;
    }

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0;
    std::optional<std::string> descr_;
    std::optional<bool> fortran_order_;
    std::optional<std::vector<std::uint64_t>> shape_;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& name) {
    return HeaderReader(text, name).read();
}

}  // namespace ae
