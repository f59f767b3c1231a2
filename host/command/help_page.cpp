#include "command/help_page.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "base/text.h"

namespace ae {

namespace {

constexpr int kNames = 30;            // columns of an option's name, where the page is wide enough for two
constexpr int kNarrow = 60;           // columns below which it is not
constexpr int kBelow = 6;             // spaces before a text that stands below its name
constexpr std::size_t kChoices = 36;  // letters of a list of choices that stands beside the name

int width_of(const std::string& text) {
    return static_cast<int>(characters(text));
}

/// "TEXT:{relu,linear}" → "relu|linear"; "" for a list that is too long; "TEXT" → "TEXT".
std::string value_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t begin = type.find('{'), end = type.rfind('}');
    if (begin == type.npos || end == type.npos) return type.substr(0, type.find(':'));
    std::string choices = type.substr(begin + 1, end - begin - 1);
    std::ranges::replace(choices, ',', '|');
    return choices.size() > kChoices ? "NAME" : choices;
}

/// "--lr, --learning-rate FLOAT", "MODEL"
std::string name_of(const CLI::Option& option) {
    if (option.nonpositional() == false) return option.get_name(true);
    std::string names;
    for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
    for (const std::string& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
    return option.get_items_expected_max() == 0 ? names : names + " " + value_of(option);
}

std::string text_of(const CLI::Option& option) {
    const std::string given = option.get_default_str();
    const bool is_said = given.empty() || given == "[]" || option.get_items_expected_max() == 0;
    return option.get_description() + (is_said ? "" : fmt::format(" [{}]", given));
}

std::string entry(const CLI::Option& option, int columns) {
    const std::string text = text_of(option);
    if (columns < kNarrow)
        return "  " + wrapped(name_of(option), columns - kBelow, kBelow) + "\n" + std::string(kBelow, ' ') +
               wrapped(text, columns - kBelow, kBelow) + "\n";
    const std::string name = "  " + name_of(option);
    const int used = width_of(name);
    const std::string gap =
        used + 2 > kNames ? "\n" + std::string(kNames, ' ') : std::string(static_cast<std::size_t>(kNames - used), ' ');
    return name + gap + wrapped(text, columns - kNames, kNames) + "\n";
}

std::string section(const CLI::App& app, const std::string& group, int columns) {
    std::string entries;
    for (const CLI::Option* option : app.get_options())
        if (option->get_group() == group && option->nonpositional()) entries += entry(*option, columns);
    return entries.empty() ? "" : fmt::format("\n{}:\n{}", group, entries);
}

std::string usage(const CLI::App& app) {
    std::string line = app.get_name() + " [options]";
    for (const CLI::Option* option : app.get_options())
        if (!option->nonpositional())
            line += option->get_required() ? " " + option->get_name(true) : " [" + option->get_name(true) + "]";
    return line;
}

}  // namespace

std::string wrapped(const std::string& text, int columns, int indent) {
    std::istringstream words(text);
    std::string page, word;
    int used = 0;
    while (words >> word) {
        const int width = width_of(word);
        if (used > 0 && used + 1 + width > columns) {
            page += "\n" + std::string(static_cast<std::size_t>(indent), ' ');
            used = 0;
        }
        page += (used > 0 ? " " : "") + word;
        used += width + (used > 0 ? 1 : 0);
    }
    return page;
}

std::string command_entry(std::string_view name, std::string_view summary, int columns) {
    constexpr int kCommands = 16;  // columns of the names and the space around them
    return fmt::format("  {:<12}  {}\n", name, wrapped(std::string(summary), columns - kCommands, kCommands));
}

std::string help_page(const CLI::App& app, int columns, bool with_advanced) {
    std::string page = fmt::format("{}\n\n{}\n", wrapped(usage(app), columns - kBelow, kBelow),
                                   wrapped(app.get_description(), columns, 0));
    std::string positionals;
    for (const CLI::Option* option : app.get_options())
        if (!option->nonpositional()) positionals += entry(*option, columns);
    if (!positionals.empty()) page += "\n" + positionals;
    bool has_advanced = false;
    for (const std::string& group : app.get_groups()) {
        has_advanced |= group == kAdvanced;
        if (group != kAdvanced || with_advanced) page += section(app, group, columns);
    }
    if (has_advanced && !with_advanced)
        page += "\n" + wrapped("The choice of an engine, threads and rounding: --help-all.", columns, 0) + "\n";
    return page + "\n" + app.get_footer() + "\n";
}

}  // namespace ae
