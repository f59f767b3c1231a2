// The page of a run, or of several: complete, self-contained, safe whatever the metadata say, and the charts'
// arithmetic.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "show/html.h"
#include "show/svg_chart.h"
#include "times.h"

namespace ae::test {
namespace {

class Report : public testing::Test {
protected:
    void SetUp() override {
        write_idx_folder(here() / "data", 300, 60, 12);
        const Answer trained = train("run", "none");
        ASSERT_EQ(trained.code, 0) << trained.err;
    }

    fs::path here() const { return folder_.path(); }

    Answer train(const std::string& out, const std::string& noise) const {
        return run_program({"--data", "data", "--layers", "144-16-4-16-144", "--batch-size", "32", "--epochs", "3",
                            "--engine", "cpu", "--threads", "1", "--out", out, "--noise", noise},
                           here());
    }

    TemporaryFolder folder_;
};

TEST_F(Report, IsOnePageThatNeedsNothingElse) {
    const Answer answer = run_program({"report", "run", "--engine", "cpu"}, here());
    ASSERT_EQ(answer.code, 0) << answer.err;
    const std::string page = content_of(here() / "run/report.html");
    for (const char* part :
         {"<h2>Loss</h2>", "<h2>Reconstructions</h2>", "<h2>Worst and best</h2>", "<h2>By label</h2>",
          "<h2>The codes</h2>", "<h2>As a compressor</h2>", "<h2>How it was trained</h2>", "144-16-4-16-144",
          "prefers-color-scheme: dark", "name=\"viewport\""})
        EXPECT_NE(page.find(part), std::string::npos) << part;
    EXPECT_EQ(times(page, "data:image/png;base64,"), 3u);
    EXPECT_EQ(times(page, "<circle"), 2 * 3u + 1u + 60u)
        << "two curves of three epochs, the best one, and a dot an image";
    for (const char* part : {"<script", "http://", "https://", "<link", "src=\"file", "nan", "inf dB"})
        EXPECT_EQ(page.find(part), std::string::npos) << part;
    EXPECT_EQ(page.find("As a denoiser"), std::string::npos);
}

TEST_F(Report, OfADenoiserShowsWhatItRemoves) {
    ASSERT_EQ(train("noisy", "gaussian:0.3").code, 0);
    ASSERT_EQ(run_program({"report", "noisy", "--engine", "cpu", "-o", "page.html"}, here()).code, 0);
    const std::string page = content_of(here() / "page.html");
    EXPECT_NE(page.find("<h2>As a denoiser</h2>"), std::string::npos);
    EXPECT_NE(page.find("gaussian:0.3"), std::string::npos);
}

TEST_F(Report, ShowsTheImagesThatTheRunChose) {
    ASSERT_EQ(run_program({"--data", "data", "--layers", "144-4-144", "--batch-size", "32", "--epochs", "1", "--engine",
                           "cpu", "--digits", "0-4", "--out", "chosen"},
                          here())
                  .code,
              0);
    const Answer answer = run_program({"report", "chosen", "--engine", "cpu", "--json"}, here());
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto document = nlohmann::json::parse(answer.out);
    EXPECT_LT(document["images"], 60);
    EXPECT_EQ(content_of(here() / "chosen/report.html").find("<tr><td>5</td>"), std::string::npos);
}

TEST_F(Report, WithoutACheckpointItHasNoCurvesButAllTheRest) {
    fs::remove(here() / "run/checkpoint.safetensors");
    ASSERT_EQ(run_program({"report", "run", "--engine", "cpu"}, here()).code, 0);
    EXPECT_NE(content_of(here() / "run/report.html").find("has no checkpoint"), std::string::npos);
}

TEST_F(Report, OfTwoRunsHasBothCurvesInOneChartAndTheSettingsInWhichTheyDiffer) {
    ASSERT_EQ(train("noisy", "gaussian:0.3").code, 0);
    ASSERT_EQ(run_program({"compare", "run", "noisy", "-o", "page.html"}, here()).code, 0);
    const std::string page = content_of(here() / "page.html");
    EXPECT_NE(page.find("2 runs compared"), std::string::npos);
    EXPECT_EQ(times(page, "<svg class=\"chart\""), 1u);
    EXPECT_EQ(times(page, "<polyline"), 2u);
    EXPECT_EQ(times(page, "<circle"), 2 * 3u) << "a dot an epoch";
    for (const char* colour : {"stroke:var(--d0)", "stroke:var(--d1)"}) EXPECT_EQ(times(page, colour), 1u) << colour;
    for (const char* name : {">run 0.", ">noisy 0."}) EXPECT_EQ(times(page, name), 1u) << "at the end of its curve";
    EXPECT_EQ(times(page, "<th>noise</th>"), 1u);
    EXPECT_EQ(times(page, "<td>gaussian:0.3</td>"), 1u);
    EXPECT_EQ(times(page, "<th>batch size</th>"), 0u) << "in which they do not differ";
    const std::string same = page.substr(page.find("The same in all of them: "));
    EXPECT_NE(same.find("batch size 32"), std::string::npos);
    EXPECT_EQ(same.find("noise"), std::string::npos);
}

TEST_F(Report, RefusesWhatIsNoRun) {
    EXPECT_EQ(run_program({"report", "run/model.safetensors"}, here()).code, 2);
    EXPECT_EQ(run_program({"report", "nowhere"}, here()).code, 2);
    EXPECT_EQ(run_program({"report", "data"}, here()).code, 4);
    const Answer unwritable =
        run_program({"report", "run", "--engine", "cpu", "-o", "no/such/folder/page.html"}, here());
    EXPECT_EQ(unwritable.code, 8) << unwritable.err;
}

TEST(Html, WritesOutWhatHtmlReadsAsItsOwn) {
    EXPECT_EQ(html::escape("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    EXPECT_EQ(html::table({{}, {{"<b>", "1"}}}).find("<b>"), std::string::npos);
}

TEST(Chart, TicksAreRound) {
    EXPECT_EQ(svg::ticks(1, 10, 10), (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(svg::ticks(0, 50, 5), (std::vector<double>{0, 10, 20, 30, 40, 50}));
    const std::vector<double> small = svg::ticks(0.058, 0.23, 5);
    ASSERT_FALSE(small.empty());
    EXPECT_NEAR(small.front(), 0.1, 1e-12);
    EXPECT_NEAR(small.back(), 0.2, 1e-12);
}

TEST(Chart, LeavesOutWhatIsNotFinite) {
    const std::string chart =
        svg::line_chart({"epoch", "loss", {{"training", "first", {1, std::nan(""), 0.5}}}, 0, "floor"});
    EXPECT_EQ(times(chart, "<circle"), 2u);
    EXPECT_EQ(chart.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace ae::test
