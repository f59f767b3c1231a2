// A file with options: one `name = value` a line, or JSON as in a run's config.json.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

struct ConfigLine {
    std::string name;                    ///< as on the command line, without --
    std::string value;                   ///< the whole value: a list such as 1,3,5-9 is one value
    std::string place;                   ///< for messages: "file:3"
    std::vector<std::string> list = {};  ///< the values of a JSON array, which has no `value`
};

/// A value may be quoted. Text after # at the beginning of a line or after a space is a comment, as is a line that
/// begins with ;. In a JSON object each member is an option, a list where it is an array, but for "made_by", which is
/// for people. `name` is the file's. Throws UsageError, naming the place.
std::vector<ConfigLine> parse_config(std::string_view text, const std::string& name);

/// Throws UsageError also if it is not a file, cannot be read to its end, or is longer than any such file.
std::vector<ConfigLine> read_config(const std::filesystem::path& path);

}  // namespace ae
