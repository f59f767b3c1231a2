// probe, started as a user starts it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace ae::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ProbeCommand : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", 1200, 200, 8);
        ASSERT_EQ(run({"train", "--data", "data", "--layers", "64-32-6-32-64", "--batch-size", "32", "--engine", "cpu",
                       "--threads", "1", "--epochs", "4", "--out", "run"})
                      .code,
                  0);
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }
    static fs::path here() { return folder_->path(); }
    static Answer run(const std::vector<std::string>& arguments) { return run_program(arguments, here()); }

    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(ProbeCommand, MeasuresCodesComponentsAndPixels) {
    const Answer answer = run({"probe", "run", "--data", "data", "--engine", "cpu", "--json"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const json report = json::parse(answer.out);
    EXPECT_EQ(report.at("train_images"), 1200);
    ASSERT_EQ(report.at("measures").size(), 7u + 3u + 3u);
    for (const json& measure : report.at("measures")) {
        const json& accuracy = measure.at("accuracy");
        ASSERT_EQ(accuracy.size(), 3u);
        for (const char* form : {"code-6", "PCA-64", "pixels"}) {
            EXPECT_GT(accuracy.at(form).get<double>(), 0.3) << measure << form;  // of ten labels, two look alike
            EXPECT_LE(accuracy.at(form).get<double>(), accuracy.at(measure.at("best").get<std::string>()));
        }
    }
    EXPECT_EQ(report.at("measures")[6].at("classifier"), "linear");
    EXPECT_EQ(report.at("measures")[6].at("labels"), "all");
    EXPECT_EQ(report.at("measures")[12].at("labels"), 1000);
}

TEST_F(ProbeCommand, TheTableSaysWherePcaIsAhead) {
    const Answer answer = run({"probe", "run", "--data", "data", "--engine", "cpu"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("accuracy, %                    code-6   PCA-64   pixels   best\n"));
    EXPECT_THAT(answer.out, HasSubstr("knn-1-cosine, 100 labels"));
    EXPECT_THAT(answer.out, HasSubstr("PCA-64 is ahead of the code in "));
}

TEST_F(ProbeCommand, BadUseIsOneClearLineAndAnExitCode) {
    const std::vector<std::pair<std::vector<std::string>, int>> cases = {
        {{"probe"}, 2},
        {{"probe", "absent"}, 4},
        {{"probe", "run", "--data", "absent"}, 3},
        {{"probe", "run", "--data", "synthetic", "--quick"}, 2},
        {{"probe", "run", "--data", "synthetic"}, 2},  // images of another size
    };
    for (const auto& [arguments, code] : cases) {
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, code) << testing::PrintToString(arguments) << answer.err;
        EXPECT_EQ(answer.out, "");
    }
    const Answer help = run({"probe", "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, HasSubstr("Example:\n  ae_cuda probe"));
}

}  // namespace
}  // namespace ae::test
