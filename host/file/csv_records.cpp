#include "file/csv_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ae/error.h"

namespace ae {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr char kQuote = '"';

/// The separator that the first line has most of outside quotes.
char separator_of(std::string_view text) {
    constexpr std::string_view kSeparators = ",\t;";
    std::array<int, kSeparators.size()> counts{};
    bool quoted = false;
    for (const char c : text) {
        if (c == kQuote) quoted = !quoted;
        if (quoted) continue;
        if (c == '\n' && std::ranges::max(counts) > 0) break;
        if (const std::size_t at = kSeparators.find(c); at != std::string_view::npos) ++counts[at];
    }
    return kSeparators[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

}  // namespace

CsvRecords::CsvRecords(std::string_view text, const std::string& name)
    : text_(text.substr(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0)),
      name_(name),
      separator_(separator_of(text_)) {
    if (text_.find('\0') != std::string_view::npos) throw DataError(fmt::format("{}: is not a text file", name));
}

void CsvRecords::fail(std::uint64_t line, const std::string& what) const {
    throw DataError(fmt::format("{}: line {}: {}", name_, line, what));
}

std::string& CsvRecords::new_cell() {
    if (used_ == cells_.size()) cells_.emplace_back();
    cells_[used_].clear();
    return cells_[used_++];
}

bool CsvRecords::at_end_of_line() const {
    return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
}

/// Reads from the character after the opening quote to the one after the closing quote; two quotes are one character.
void CsvRecords::read_quoted(std::string& cell) {
    const std::uint64_t begin = next_line_;
    for (;; ++at_) {
        if (at_ == text_.size()) fail(begin, "a quote without an end");
        if (text_[at_] == '\n') ++next_line_;
        if (text_[at_] == kQuote) {
            ++at_;
            if (at_ == text_.size() || text_[at_] != kQuote) break;
        }
        cell += text_[at_];
    }
    if (!at_end_of_line() && text_[at_] != separator_) fail(next_line_, "text after a closing quote");
}

void CsvRecords::read_plain(std::string& cell) {
    const std::size_t begin = at_;
    while (!at_end_of_line() && text_[at_] != separator_) ++at_;
    cell.assign(text_.substr(begin, at_ - begin));
}

void CsvRecords::read_record() {
    used_ = 0;
    line_ = next_line_;
    for (;;) {
        std::string& cell = new_cell();
        if (at_ < text_.size() && text_[at_] == kQuote) {
            ++at_;
            read_quoted(cell);
        } else {
            read_plain(cell);
        }
        if (at_end_of_line()) break;
        ++at_;  // the separator
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++next_line_;
    cells_.resize(std::max(used_, std::size_t(1)));
}

bool CsvRecords::next() {
    while (at_ < text_.size()) {
        read_record();
        if (used_ > 1 || !cells_[0].empty()) return true;
    }
    return false;
}

}  // namespace ae
