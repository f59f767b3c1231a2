// ae_cuda explain and bench --startup: their output for programs and for people.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace ae::test {
namespace {

class Explain : public testing::Test {
protected:
    void SetUp() override { write_idx_folder(here() / "data", 300, 40, 8); }
    fs::path here() const { return folder_.path(); }

    Answer run(std::vector<std::string> arguments) const {
        for (const char* more : {"--data", "data", "--threads", "1"}) arguments.push_back(more);
        return run_program(arguments, here());
    }

    TemporaryFolder folder_;
};

TEST_F(Explain, TellsEveryVerbWithItsCostFloorAndTime) {
    const Answer answer =
        run({"explain", "--engine", "cpu", "--layers", "64-16-64", "--batch-size", "32", "--steps", "5", "--json"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto document = nlohmann::json::parse(answer.out);
    EXPECT_EQ(document["engine"], "cpu");
    EXPECT_GT(document["peak_flops"], 1e8);
    EXPECT_GT(document["peak_bytes_per_s"], 1e6);
    EXPECT_GT(document["microseconds_per_step"], 0);
    const auto& forward = document["verbs"][1];
    EXPECT_EQ(forward["verb"], "forward");
    EXPECT_EQ(forward["shape"], "32×16×64");
    EXPECT_EQ(forward["flops"], 2 * 32 * 16 * 64);
    EXPECT_EQ(forward["bytes"], 4 * (32 * 64 + 64 * 16 + 32 * 16));
    EXPECT_GT(forward["floor_microseconds"], 0);
}

TEST_F(Explain, ShowsATable) {
    const Answer answer = run({"explain", "--engine", "cpu", "--layers", "64-16-64", "--batch-size", "32"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    for (const char* part :
         {"times    by the host's clock, ", "; medians over 9 steps", "loss", "update", "in all", "images/s"})
        EXPECT_NE(answer.out.find(part), std::string::npos) << part;
}

TEST_F(Explain, RefusesABatchThatTheDataDoNotFill) {
    EXPECT_EQ(run({"explain", "--layers", "64-16-64", "--batch-size", "301", "--engine", "cpu"}).code, 2);
}

TEST_F(Explain, BenchTimesEnginesAndComparesTheirLosses) {
    const Answer answer = run({"bench", "--engines", "cpu,cpu", "--layers", "64-16-64", "--batch-size", "32",
                               "--repeats", "2", "--seconds", "0.01", "--json"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto results = nlohmann::json::parse(answer.out)["results"];
    ASSERT_EQ(results.size(), 2u);
    for (const auto& result : results) {
        EXPECT_EQ(result["engine"], "cpu");
        EXPECT_GT(result["microseconds_per_step"], 0);
        EXPECT_GT(result["loss"], 0.1);
        EXPECT_TRUE(result["agrees"]);
    }
    EXPECT_EQ(results[0]["loss"], results[1]["loss"]);
}

TEST_F(Explain, BenchTellsWhereStartingUpTakesItsTime) {
    write_idx_folder(here() / "large", 300, 40, 28);
    const Answer answer = run_program({"bench", "--startup", "--engines", "cpu", "--data", "large", "--json"}, here());
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto document = nlohmann::json::parse(answer.out);
    EXPECT_EQ(document["stages"].size(), 4u);
    EXPECT_GT(document["seconds"], 0);
}

}  // namespace
}  // namespace ae::test
