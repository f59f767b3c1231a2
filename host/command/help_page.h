// The page that --help prints.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace ae {

/// The name of the group whose options only --help-all shows.
inline constexpr const char* kAdvanced = "Engine";

/// The command's description, its options by groups and its footer, wrapped to `columns`; on narrow pages an option's
/// text stands below its name.
std::string help_page(const CLI::App& app, int columns, bool with_advanced);

/// The words of `text` in lines of at most `columns`, as far as words allow, all but the first after `indent` spaces.
std::string wrapped(const std::string& text, int columns, int indent);

}  // namespace ae
