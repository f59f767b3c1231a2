// The page of a sweep and its parallel coordinates.
#include "show/sweep_page.h"

#include <gmock/gmock.h>

#include "show/document_text.h"
#include "show/parallel_coordinates.h"
#include "show/sweep_table.h"
#include "times.h"

namespace ae::sweep_page_test {
namespace {

using test::times;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Sweep small_sweep() {
    Sweep sweep{{"--lr", "--noise"}, {}, {5, 6}, 2};
    for (const char* noise : {"none", "mask:0.5", "<b>"}) sweep.settings.push_back({{"0.001", noise}});
    for (const double loss : {0.3, 0.2, 0.0, 0.4, 0.1, 0.0}) {
        SweptModel model{.end = loss > 0 ? SweptEnd::done : SweptEnd::diverged, .val_losses = {2 * loss, loss}};
        model.left_epoch = 2;
        if (loss == 0) model.val_losses.clear();
        sweep.models.push_back(model);
    }
    return sweep;
}

TEST(ParallelCoordinates, HaveALineForEachObjectAndAnAxisForEachQuantity) {
    const std::string svg = svg::parallel_coordinates(
        {{"lr", {"0.001", "0.01", "0.1"}}, {"noise", {"none", "mask:0.5", "none"}}, {"val_loss", {"0.2", "0.1", ""}}},
        {1, 0, std::nan("")}, "a & b");
    EXPECT_EQ(times(svg, "<polyline"), 3u);
    EXPECT_EQ(times(svg, "<line "), 3u);
    EXPECT_EQ(times(svg, "stroke-dasharray"), 1u);
    EXPECT_THAT(svg, AllOf(HasSubstr(">mask:0.5<"), HasSubstr(">val_loss<"), HasSubstr("a &amp; b")));
    EXPECT_THAT(svg, HasSubstr("points=\"64.0,326.0 275.0,326.0 486.0,34.0")) << "high is at the top";
    EXPECT_THAT(svg, HasSubstr("points=\"64.0,180.0 275.0,34.0 486.0,326.0")) << "rates are on a logarithmic axis";
}

TEST(ParallelCoordinates, OneValueLiesInTheMiddle) {
    const std::string svg = svg::parallel_coordinates({{"lr", {"0.1"}}, {"val_loss", {"0.2"}}}, {0}, "");
    EXPECT_THAT(svg, HasSubstr("points=\"64.0,180.0 486.0,180.0 \""));
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(ParallelCoordinates, LabelsOfCloseValuesAreApart) {
    const std::string svg =
        svg::parallel_coordinates({{"val_loss", {"0.117", "0.121", "0.275", "0.12"}}}, {0, 0.3, 1, 0.2}, "");
    EXPECT_THAT(svg, AllOf(HasSubstr("y=\"330.0\" text-anchor=\"start\">0.117<"),
                           HasSubstr("y=\"317.0\" text-anchor=\"start\">0.12<"),
                           HasSubstr("y=\"304.0\" text-anchor=\"start\">0.121<"),
                           HasSubstr("y=\"38.0\" text-anchor=\"start\">0.275<")));
}

TEST(SweepPage, ShowsCurvesCoordinatesAndTheRanking) {
    const std::string page = sweep_page(small_sweep(), {{"data", "mnist & more"}});
    EXPECT_THAT(page, AllOf(HasSubstr("A sweep of 6 models"), HasSubstr("mnist &amp; more"), HasSubstr("rank 1 0.1500"),
                            HasSubstr("2 of 2 diverged"), HasSubstr("&lt;b&gt;"), Not(HasSubstr("<b>")),
                            HasSubstr("batch size 256"), Not(HasSubstr("nan"))));
    EXPECT_EQ(times(page, "<svg class=\"chart\""), 2u);
    EXPECT_EQ(page, sweep_page(small_sweep(), {{"data", "mnist & more"}}));
}

TEST(SweepPage, OfModelsThatAllDivergedIsAPage) {
    Sweep sweep = small_sweep();
    for (SweptModel& model : sweep.models) model.end = SweptEnd::diverged, model.val_losses.clear();
    EXPECT_THAT(sweep_page(sweep, {}), AllOf(HasSubstr("2 of 2 diverged"), Not(HasSubstr("nan"))));
}

TEST(SweepTable, WritesLargeNumbersInShort) {
    Sweep sweep = small_sweep();
    for (SweptModel& model : sweep.models)
        for (double& loss : model.val_losses) loss *= 1e9;
    EXPECT_EQ(sweep_table(sweep)[1][3], "1.50e+08 ± 7.07e+07");
    EXPECT_EQ(sweep_table(small_sweep())[1][3], "0.15000 ± 0.07071");
    EXPECT_EQ(sweep_table(small_sweep())[2][5], "+0.20000 ± 0.10000");
    EXPECT_EQ(sweep_table(small_sweep())[3][5], "2 of 2 diverged");
}

TEST(SweepTable, IsAligned) {
    EXPECT_EQ(aligned({{"rank", "lr", ""}, {"1", "0.1 ± 2", "x"}, {"10", "3", ""}}),
              "rank       lr\n1     0.1 ± 2  x\n10          3\n");
}

}  // namespace
}  // namespace ae::sweep_page_test
