// A file with options: one `name = value` a line.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

struct ConfigLine {
    std::string name;   ///< as on the command line, without --
    std::string value;  ///< the whole value: a list such as 1,3,5-9 is one value
    int line = 0;       ///< from 1
};

/// A value may be quoted. Text after # at the beginning of a line or after a space is a comment, as is a line that
/// begins with ;. `name` is the file's. Throws UsageError, naming the line.
std::vector<ConfigLine> parse_config(std::string_view text, const std::string& name);

/// Throws UsageError also if it is not a file, cannot be read to its end, or is longer than any such file.
std::vector<ConfigLine> read_config(const std::filesystem::path& path);

}  // namespace ae
