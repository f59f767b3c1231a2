#include "command/help_page.h"

#include <gmock/gmock.h>
#include <pty.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>

#include "program.h"

namespace ae::help_page_test {
namespace {

using testing::_;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using Words = std::vector<std::string>;

int widest_line(const std::string& page) {
    std::istringstream lines(page);
    int widest = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto starts = std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
        widest = std::max(widest, static_cast<int>(starts));
    }
    return widest;
}

TEST(Wrapped, BreaksBetweenWordsAndCountsLettersNotBytes) {
    EXPECT_EQ(wrapped("one two three", 7, 2), "one two\n  three");
    EXPECT_EQ(wrapped("éé éé éé", 5, 0), "éé éé\néé");
    EXPECT_EQ(wrapped("unbreakable", 4, 0), "unbreakable");
    EXPECT_EQ(wrapped("", 4, 0), "");
}

TEST(HelpPage, FitsIntoItsColumns) {
    CLI::App app("Does this and that with a great many images, one after the other.", "ae_cuda this");
    std::string text = "default";
    bool flag = false;
    app.option_defaults()->always_capture_default();
    app.add_option("--one", text, "A description that is longer than a narrow terminal is wide, by some words");
    app.add_flag("--two", flag, "A flag")->group(kAdvanced);
    app.add_option("INPUT", text, "Images");
    for (const int columns : {40, 80}) {
        const std::string page = help_page(app, columns, false);
        EXPECT_LE(widest_line(page), columns) << page;
        EXPECT_THAT(page, AllOf(HasSubstr("ae_cuda this [options] [INPUT]"), HasSubstr("[default]"),
                                HasSubstr("--help-all"), Not(HasSubstr("--two"))));
        EXPECT_THAT(help_page(app, columns, true), HasSubstr("--two"));
    }
}

/// What the program prints on a terminal of that many columns.
std::string printed(const Words& arguments, int columns) {
    static const test::TemporaryFolder folder;
    const test::Answer answer = test::run_program(arguments, folder.path(), {}, [&] {
        const winsize size{24, static_cast<unsigned short>(columns), 0, 0};
        int master = -1, slave = -1;
        if (openpty(&master, &slave, nullptr, nullptr, &size) == 0) dup2(slave, STDERR_FILENO);
    });
    EXPECT_EQ(answer.code, 0) << testing::PrintToString(arguments);
    return answer.out;
}

/// The lines of a page that are a heading, without their colons.
Words headings(const std::string& page) {
    Words found;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);)
        if (line.ends_with(':') && !line.starts_with(' ')) found.push_back(line.substr(0, line.size() - 1));
    return found;
}

/// The commands of a page that lists them, by the headings above them.
std::map<std::string, Words> listed_commands(const std::string& page) {
    std::map<std::string, Words> groups;
    std::istringstream lines(page.substr(page.find("\nUsage")));
    std::string heading;
    for (std::string line; std::getline(lines, line) && !line.starts_with("Example");) {
        if (line.starts_with("  ") && line.size() > 16 && line[2] != ' ')
            groups[heading].push_back(line.substr(2, line.find(' ', 2) - 2));
        else if (!line.empty() && !line.starts_with(' '))
            heading = line;
    }
    return groups;
}

struct CommandHelp {
    Words command;
    Words headings;          ///< of --help
    bool has_engine = true;  ///< whose options --help-all adds
};

/// Every command, by what it is for.
const std::map<std::string, std::vector<CommandHelp>> kHelp{
    {"Train",
     {{{"train"}, {"Options", "Data", "Model", "Training", "Run"}},
      {{"sweep"}, {"Options", "Data", "Model", "Training", "Run", "Sweep, over every combination of", "Sweep"}},
      {{"report"}, {"Options", "Data"}},
      {{"compare"}, {"Options"}, false}}},
    {"Look at a model",
     {{{"eval"}, {"Options", "Data"}},
      {{"reconstruct"}, {"Options", "Data"}},
      {{"probe"}, {"Options", "Data"}},
      {{"inspect"}, {"Options"}, false}}},
    {"Use it",
     {{{"denoise"}, {"Options", "Data"}},
      {{"anomaly"}, {}, false},
      {{"encode"}, {"Options", "Data"}},
      {{"decode"}, {"Options"}},
      {{"compress"}, {"Options", "Data"}},
      {{"decompress"}, {"Options"}},
      {{"rd"}, {"Options", "Data"}}}},
    {"Other programs", {{{"export"}, {"Options"}, false}, {{"import"}, {"Options"}, false}}},
    {"Speed", {{{"bench"}, {"Options", "Data"}}, {{"explain"}, {"Options", "Data"}}, {{"info"}, {"Options"}, false}}}};

const std::vector<CommandHelp> kAnomalyHelp{{{"anomaly", "fit"}, {"Options", "Data"}},
                                            {{"anomaly", "score"}, {"Options", "Data"}},
                                            {{"anomaly", "eval"}, {"Options", "Data"}}};

std::vector<CommandHelp> all_commands() {
    std::vector<CommandHelp> all = kAnomalyHelp;
    for (const auto& [use, commands] : kHelp) all.insert(all.end(), commands.begin(), commands.end());
    return all;
}

Words with(Words words, const std::string& last) {
    words.push_back(last);
    return words;
}

TEST(Help, ListsEveryCommandByItsUse) {
    const auto listed = listed_commands(printed({"--help"}, 80));
    ASSERT_EQ(listed.size(), kHelp.size());
    for (const auto& [use, commands] : kHelp) {
        Words names;
        for (const CommandHelp& help : commands) names.push_back(help.command.front());
        EXPECT_EQ(listed.at(use), names) << use;
    }
    const auto parts = listed_commands(printed({"anomaly", "--help"}, 80));
    EXPECT_THAT(parts, ElementsAre(Pair(_, ElementsAre("fit", "score", "eval"))));
}

TEST(Help, OfEveryCommandIsInGroupsAndOnlyHelpAllShowsTheEngines) {
    for (const CommandHelp& help : all_commands()) {
        const std::string name = testing::PrintToString(help.command);
        EXPECT_EQ(headings(printed(with(help.command, "--help"), 80)), with(help.headings, "Example")) << name;
        if (help.headings.empty()) continue;  // a list of commands
        const std::string all = printed(with(help.command, "--help-all"), 80);
        EXPECT_THAT(headings(all), testing::IsSupersetOf(help.headings)) << name;
        EXPECT_EQ(std::ranges::count(headings(all), std::string(kAdvanced)), help.has_engine) << name;
        EXPECT_EQ(all.find("--threads") != all.npos, help.has_engine) << name;
    }
}

/// A command of an example is whole, so that it can be copied; a narrow terminal breaks it.
TEST(Help, OfEveryCommandFitsIntoItsTerminal) {
    for (const int columns : {40, 80}) {
        EXPECT_LE(widest_line(printed({"--help"}, columns)), columns);
        for (const CommandHelp& help : all_commands()) {
            const std::string page =
                printed(with(help.command, help.headings.empty() ? "--help" : "--help-all"), columns);
            const std::size_t example = page.find("\nExample");
            ASSERT_NE(example, page.npos);
            EXPECT_LE(widest_line(page.substr(0, example)), columns) << page;
            EXPECT_LE(widest_line(page.substr(example)), 80) << page;
        }
    }
}

}  // namespace
}  // namespace ae::help_page_test
