// A model of numbers as people see it: its report, its card, its folder, and labels by their names.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "program.h"

namespace ae::number_report_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Three columns, two of which are told by one cause, and a label in words.
std::string table() {
    std::string text = "mass,length,wild,kind\n";
    for (int i = 0; i < 400; ++i) {
        const double a = std::sin(i * 0.7), wild = 90 * std::cos(i * 2.3);
        text += fmt::format("{:.6g},{:.6g},{:.6g},{}\n", 1e6 + 2e4 * a, 0.01 * a, wild, a < 0 ? "light" : "heavy");
    }
    return text;
}

class NumberReport : public testing::Test {
protected:
    NumberReport() {
        put(here() / "t.csv", table());
        trained_ = run({"--data",       "t.csv", "--label",           "kind",   "--layers", "8-2-8",
                        "--activation", "tanh",  "--code-activation", "linear", "--lr",     "0.01",
                        "--engine",     "cpu",   "--epochs",          "30",     "--val",    "split:0.5",
                        "--out",        "run"});
        EXPECT_EQ(trained_.code, 0) << trained_.err;
    }

    fs::path here() const { return folder_.path(); }
    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }
    std::string out_of(const std::vector<std::string>& arguments) const {
        return run_program_well(arguments, here()).out;
    }

    TemporaryFolder folder_;
    Answer trained_;
};

TEST_F(NumberReport, SpeaksOfRowsAndColumns) {
    const json figures = json::parse(out_of({"report", "run", "--engine", "cpu", "--json"}));
    EXPECT_TRUE(figures.contains("mse"));
    for (const char* key : {"bce", "floor", "psnr", "ssim"}) EXPECT_FALSE(figures.contains(key)) << key;
    std::string page = content_of(here() / "run/report.html");
    page.erase(0, page.find("<body>"));  // a style speaks of pixels
    EXPECT_THAT(page, AllOf(HasSubstr("<h2>Columns</h2>"), HasSubstr("<td>mass</td>"), HasSubstr("variance explained"),
                            HasSubstr("<h2>Rows with the largest errors</h2>"), HasSubstr("<td>light</td>"),
                            HasSubstr("mean squared error, scaled"), HasSubstr("Measured on 200 rows")));
    for (const char* wrong : {"BCE", "pixel", "PSNR", "As a compressor", "data:image", "digits", ">nan"})
        EXPECT_THAT(page, Not(HasSubstr(wrong)));
}

TEST_F(NumberReport, NamesTheCellThatIsFarOffInItsOwnUnits) {
    std::string rows = "mass,length,wild,kind\n1010000,0.005,0,heavy\n990000,-0.005,5000,light\n1000000,0,90,heavy\n";
    put(here() / "three.csv", rows);
    out_of({"report", "run", "--engine", "cpu", "--data", "three.csv", "-o", "page.html"});
    const std::string page = content_of(here() / "page.html");
    const std::size_t head = page.find("columns with the largest shares of it</th>"),
                      cell = page.find("wild 5000 (rebuilt ");
    ASSERT_NE(head, std::string::npos);
    ASSERT_NE(cell, std::string::npos);
    EXPECT_LT(cell - head, 120u) << "of the first row, with the largest error";
}

TEST_F(NumberReport, TheCardKnowsALinearOutput) {
    const json card = json::parse(out_of({"inspect", "run/model.safetensors", "--json"}));
    EXPECT_THAT(card.at("summary").get<std::string>(), HasSubstr("rows of 3 numbers to codes of 2"));
    EXPECT_EQ(card.at("layers").back().at("activation"), "linear");
    EXPECT_EQ(card.at("data").at("columns"), json({"mass", "length", "wild"}));
    EXPECT_EQ(card.at("data").at("label names"), json({"heavy", "light"}));
}

TEST_F(NumberReport, NamesOfLabelsMayBeNumbers) {
    std::string rows = "a,b,zip\n";
    for (int i = 0; i < 40; ++i) rows += fmt::format("{},{},{}\n", i / 7.0, i * i / 3.0, i % 4 == 0 ? 1001 : 20095);
    put(here() / "zip.csv", rows);
    for (const auto& [labels, code] : {std::pair{"1001", 0}, std::pair{"20095,1001", 0}, std::pair{"1002", 2}}) {
        const Answer answer = run({"--data", "zip.csv", "--label", "zip", "--labels", labels, "--layers", "2-1-2",
                                   "--engine", "cpu", "--epochs", "1", "--batch-size", "4", "--out", "zip", "--force"});
        EXPECT_EQ(answer.code, code) << labels << answer.err;
    }
}

TEST_F(NumberReport, ATableHasNoPicture) {
    EXPECT_FALSE(fs::exists(here() / "run/reconstructions.png"));
    EXPECT_THAT(trained_.err, Not(HasSubstr("reconstructions.png")));
}

TEST_F(NumberReport, LabelsAreChosenByTheirNames) {
    const auto rows = [&](const std::string& labels) {
        return json::parse(out_of({"eval", "run", "--engine", "cpu", "--json", "--labels", labels}))
            .at("images")
            .get<int>();
    };
    EXPECT_EQ(rows("light") + rows("heavy"), 200);
    EXPECT_EQ(rows("light,heavy"), 200);
    EXPECT_EQ(rows("1"), rows("light")) << "the number still means the second label";
    const Answer answer = run({"eval", "run", "--engine", "cpu", "--labels", "lite"});
    EXPECT_EQ(answer.code, 2);
    EXPECT_THAT(answer.err, HasSubstr("--labels: 'lite' is not a list of labels; there are heavy, light"));
    const Answer trained = run({"--data", "t.csv", "--label", "kind", "--labels", "heavy", "--layers", "4-2-4",
                                "--engine", "cpu", "--epochs", "1", "--out", "heavy"});
    EXPECT_EQ(trained.code, 0) << trained.err;
    EXPECT_EQ(json::parse(content_of(here() / "heavy/config.json")).at("labels"), "heavy");
}

}  // namespace
}  // namespace ae::number_report_test
