// Tables of numbers as text: CSV and TSV, with quotes as in RFC 4180.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// Columns are named by the header's names or, from 1, by their numbers.
struct TableReading {
    std::string label;                ///< the column of labels; empty: the one called "label", if there is one
    std::vector<std::string> ignore;  ///< columns that are left out
    bool may_lack_them = false;       ///< a table without these columns is read too
};

struct Table {
    std::vector<std::string> columns;  ///< names of the columns of numbers; empty if the file has no header
    std::uint64_t rows = 0;
    std::uint64_t width = 0;               ///< columns of numbers
    std::vector<float> values;             ///< rows × width
    std::vector<std::uint8_t> labels;      ///< rows, places in label_names; or empty
    std::vector<std::string> label_names;  ///< in the order of their first rows
    std::string label_column;              ///< its name or number; empty: none
    bool has_index = false;  ///< the first column has no name, as that of pandas' row numbers, and was left out
};

/// Labels are places in label_names. Cells are separated by commas, tabs or semicolons, whichever the first line has
/// most of. Empty lines are left out. The first line is a header if one of its cells is not a number, apart from the
/// cells of label and left-out columns, or if its cells are 0, 1, 2, … . `name` is used in error messages. Throws
/// DataError: no rows, rows of different lengths, an empty cell, one that is not a finite number (naming line and
/// column), a quote without an end, more than 256 labels; UsageError: a column that the table does not have, or no
/// column of numbers left.
Table parse_table(std::string_view text, const std::string& name, const TableReading& reading);
Table read_table(const std::filesystem::path& path, const TableReading& reading);

/// A text as one cell: in quotes where it has a comma, a quote or the end of a line.
std::string csv_cell(const std::string& text);

}  // namespace ae
