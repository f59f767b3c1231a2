// The page that --help prints.
#pragma once
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace ae {

/// The name of the group whose options only --help-all shows.
inline constexpr const char* kAdvanced = "Engine";

/// The command's description, its options by groups and its footer, wrapped to `columns`; on narrow pages an option's
/// text stands below its name.
std::string help_page(const CLI::App& app, int columns, bool with_advanced);

/// A line of a list of commands: the name, and beside it what the command does, wrapped to `columns`.
std::string command_entry(std::string_view name, std::string_view summary, int columns);

/// The words of `text` in lines of at most `columns`, as far as words allow, all but the first after `indent` spaces.
std::string wrapped(const std::string& text, int columns, int indent);

}  // namespace ae
