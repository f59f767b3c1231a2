#include "command/help_page.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "program.h"

namespace ae::help_page_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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

TEST(HelpPage, OfEveryCommandFitsInto80ColumnsAndHidesTheEnginesOptions) {
    const test::TemporaryFolder folder;
    for (const char* command : {"train", "eval", "encode", "compress", "denoise", "rd", "probe", "report", "bench"}) {
        const test::Answer help = test::run_program({command, "--help"}, folder.path());
        EXPECT_EQ(help.code, 0);
        EXPECT_LE(widest_line(help.out.substr(0, help.out.find("\nExample"))), 80) << help.out;
        EXPECT_THAT(help.out, Not(HasSubstr("--no-autotune"))) << command;
        EXPECT_THAT(test::run_program({command, "--help-all"}, folder.path()).out, HasSubstr("--threads"));
    }
    EXPECT_LE(widest_line(test::run_program({"--help"}, folder.path()).out), 80);
}

}  // namespace
}  // namespace ae::help_page_test
