// The words and marks on the page of a run, made of numbers that are known.
#include "show/report_page.h"

#include <gmock/gmock.h>

#include <regex>

#include "show/svg_chart.h"
#include "times.h"

namespace ae::report_page_test {
namespace {

using test::times;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// All first groups of what matches.
std::vector<std::string> found(const std::string& text, const std::string& expression) {
    const std::regex regex(expression);
    std::vector<std::string> groups;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), regex); at != std::sregex_iterator(); ++at)
        groups.push_back((*at)[1]);
    return groups;
}

History history_of(const std::vector<double>& losses, const std::vector<double>& val_losses) {
    History history;
    for (std::size_t i = 0; i < losses.size(); ++i)
        history.push_back(
            {.epoch = static_cast<int>(i) + 1, .loss = losses[i], .val_loss = val_losses[i], .seconds = 1});
    return history;
}

/// Four images of 2×2 pixels and the three numbers of each one's code.
RunReport small_report() {
    RunReport report;
    report.run = "runs/small";
    report.model.settings.shape = Shape::parse("4-3-4");
    report.data.name = "four";
    report.data.test = {.origin = "four", .count = 4, .size = {2, 2}};
    report.data.all = 4;
    report.originals.assign(16, 0.5f);
    report.reconstructions.assign(16, 0.25f);
    report.codes = {1, 0, 2, 0, 0, 1, 3, 0, 0, 0.5f, 6, 4};
    report.scores = {{0.7f, 0.7f, 0.7f, 0.7f}, {0.1f, 0.1f, 0.1f, 0.1f}};
    report.ssim = std::nan("");
    return report;
}

TEST(ReportPage, SaysByWhichCommandAndCommitItWasMade) {
    RunReport report = small_report();
    report.model.metadata = {
        {"command", "ae_cuda --data four --out 'a<b'"}, {"commit", "1a2b3c4d5"}, {"ae_cuda_version", "9.8.7"}};
    report.history = history_of({0.3, 0.2}, {0.3, 0.2});
    EXPECT_THAT(report_page(report), AllOf(HasSubstr("Made by <code>ae_cuda --data four --out &#39;a&lt;b&#39;</code>"),
                                           HasSubstr("with ae_cuda 9.8.7 (commit 1a2b3c4d5) in 2.00 s.")));
    EXPECT_THAT(report_page(small_report()), Not(HasSubstr("Made by")));
}

TEST(ReportPage, TellsAtTheCurvesWhatTheyMean) {
    RunReport report = small_report();
    report.history = history_of({0.3, 0.2, 0.1, 0.05}, {0.3, 0.22, 0.25, 0.3});
    EXPECT_THAT(report_page(report), HasSubstr("<p class=\"told\">It overfits since epoch 2: "));
    report.history = history_of({0.3, 0.2, 0.2}, {0.3, 0.2, 0.2});
    EXPECT_THAT(report_page(report), Not(HasSubstr("<p class=\"told\">")));
}

TEST(ReportPage, HasARingAroundTheBestEpochOfTheValidation) {
    RunReport report = small_report();
    report.history = history_of({0.3, 0.2, 0.1, 0.05}, {0.3, 0.22, 0.25, 0.28});
    const std::string page = report_page(report);
    EXPECT_THAT(page, HasSubstr(">best</text>"));
    const auto second = found(page, "<circle (cx=\"[0-9.]+\" cy=\"[0-9.]+\") r=\"3\" style=\"fill:var\\(--second\\)\"");
    ASSERT_EQ(second.size(), 4u);
    EXPECT_THAT(found(page, "<circle (cx=\"[0-9.]+\" cy=\"[0-9.]+\") r=\"7\""), ElementsAre(second[1]));
}

TEST(ReportPage, CountsTheUnitsThatAreAlways0) {
    RunReport report = small_report();
    EXPECT_THAT(report_page(report), Not(HasSubstr("code units are 0"))) << "each is something for one of the images";
    for (std::size_t image = 0; image < 4; ++image) report.codes[3 * image + 1] = 0;
    EXPECT_THAT(report_page(report), HasSubstr("1 of 3 code units are 0 for all images; --code-activation linear"));
    for (std::size_t image = 0; image < 4; ++image) report.codes[3 * image] = 0;
    EXPECT_THAT(report_page(report), HasSubstr("2 of 3 code units are 0 for all images"));
}

/// They are wider than a phone, and the rest of the page must not move with them.
TEST(ReportPage, ChartsAndTablesScrollByThemselves) {
    RunReport report = small_report();
    report.history = history_of({0.3, 0.2}, {0.3, 0.2});
    const std::string page = report_page(report);
    EXPECT_EQ(times(page, "<svg class=\"chart\""), 2u) << "curves and codes";
    EXPECT_EQ(times(page, "<div class=\"scroll\"><svg class=\"chart\""), 2u);
    EXPECT_GE(times(page, "<table"), 1u);
    EXPECT_EQ(times(page, "<div class=\"scroll\"><table"), times(page, "<table"));
}

std::vector<std::string> ticks_of(const std::vector<double>& values, std::size_t marked = 0) {
    const svg::Series series{.name = "validation", .color = "second", .values = values, .marked = marked};
    return found(svg::line_chart({"epoch", "loss", {series}, {}, ""}), "text-anchor=\"end\">([0-9.]+)<");
}

TEST(LineChart, ItsAxisIsThatOfTheCurvesEnd) {
    const std::vector<std::string> of_the_end{"0.1", "0.2", "0.3", "0.4"};
    EXPECT_EQ(ticks_of({9, 0.4, 0.3, 0.2, 0.1}), of_the_end);
    EXPECT_THAT(ticks_of({9, 0.3, 0.2, 0.1}), ElementsAre("0", "2", "4", "6", "8")) << "a short line is shown whole";
}

TEST(LineChart, ShowsTheMarkedValueWhereverItIs) {
    const std::vector<std::string> all{"0", "2", "4", "6", "8"};
    EXPECT_EQ(ticks_of({0.1, 8, 8.1, 8.2, 8.3}, 1), all);
}

}  // namespace
}  // namespace ae::report_page_test
