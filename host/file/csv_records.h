// The records of a CSV text, cell by cell.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

class CsvRecords {
public:
    /// `name` is used in error messages. Both must outlive this.
    CsvRecords(std::string_view text, const std::string& name);

    /// The next record that is not empty; false at the end of the text. Throws DataError: a quote without an end, text
    /// after a closing quote, a byte 0.
    bool next();

    const std::vector<std::string>& cells() const { return cells_; }
    std::uint64_t line() const { return line_; }  ///< on which the record begins, counted from 1

private:
    [[noreturn]] void fail(std::uint64_t line, const std::string& what) const;
    std::string& new_cell();
    void read_quoted(std::string& cell);
    void read_plain(std::string& cell);
    bool at_end_of_line() const;
    void read_record();

    std::string_view text_;
    const std::string& name_;
    char separator_;
    std::size_t at_ = 0;
    std::uint64_t line_ = 0, next_line_ = 1;
    std::vector<std::string> cells_;
    std::size_t used_ = 0;  ///< cells of the current record so far; those of the last one lend their memory
};

}  // namespace ae
