// A deep ensemble, from training to verdicts: train --models, anomaly fit and anomaly score.
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ae/model.h"
#include "program.h"

namespace ae::ensemble_test {
using namespace test;
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Words = std::vector<std::string>;

class EnsembleCommands : public testing::Test {
protected:
    /// An ensemble of three in `ens` and its thresholds in guard.safetensors.
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", 400, 60, 8);
        trained_ = run(train_words({"--models", "3", "--val", "split:0.25", "--out", "ens"}));
        ASSERT_EQ(trained_.code, 0) << trained_.err;
        fitted_ = run({"anomaly", "fit", "ens", "-o", "guard.safetensors", "--engine", "cpu", "--score", "mse"});
        ASSERT_EQ(fitted_.code, 0) << fitted_.err;
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static Answer run(const Words& arguments) { return run_program(arguments, here()); }
    static Words train_words(const Words& more) {
        Words words{"--data", "data", "--layers", "64-8-64", "--batch-size", "50", "--epochs", "2", "--engine", "cpu"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    static json scored(const Words& more) {
        Words words{"anomaly",  "score", "guard.safetensors", "data/t10k-images-idx3-ubyte", "--json",
                    "--engine", "cpu"};
        words.insert(words.end(), more.begin(), more.end());
        const Answer answer = run(words);
        EXPECT_EQ(answer.code, 0) << answer.err;
        return json::parse(answer.out);
    }

    static inline TemporaryFolder* folder_ = nullptr;
    static inline Answer trained_, fitted_;
};

TEST_F(EnsembleCommands, ItsMembersAreThoseOfOneRunEachThatHoldsOutTheSameImages) {
    EXPECT_THAT(trained_.out, AllOf(HasSubstr("val_loss"), HasSubstr(" ± ")));
    EXPECT_THAT(trained_.err, HasSubstr("ae_cuda anomaly fit ens"));
    for (int m = 0; m < 3; ++m) {
        const fs::path member = here() / "ens/models" / ("000" + std::to_string(m + 1)) / "model.safetensors";
        const Answer alone = run(train_words({"--seed", std::to_string(42 + m), "--threads", "1", "--val",
                                              "split:0.25:42", "--out", "alone", "--force"}));
        ASSERT_EQ(alone.code, 0) << alone.err;
        EXPECT_EQ(load_model(member).parameters, load_model(here() / "alone/model.safetensors").parameters);
        EXPECT_EQ(load_model(member).metadata.at("val"), "split:0.25:42");
    }
}

TEST_F(EnsembleCommands, FitTellsItsMembers) {
    EXPECT_THAT(fitted_.out, HasSubstr("ensemble   3 models, seeds 42, 43, 44; their mean score decides"));
}

TEST_F(EnsembleCommands, ScoreTellsMeanSpreadAndShare) {
    const json document = scored({});
    EXPECT_EQ(document.at("members"), 3);
    std::vector<json> alone;
    for (const char* member : {"0001", "0002", "0003"}) {
        const Answer fit = run({"anomaly", "fit", std::string("ens/models/") + member, "-o", "one.safetensors",
                                "--engine", "cpu", "--score", "mse"});
        ASSERT_EQ(fit.code, 0) << fit.err;
        const Answer one =
            run({"anomaly", "score", "one.safetensors", "data/t10k-images-idx3-ubyte", "--json", "--engine", "cpu"});
        alone.push_back(json::parse(one.out));
        EXPECT_FALSE(alone.back().at("results")[0].contains("spread"));
    }
    for (std::size_t i = 0; i < 60; ++i) {
        const json& image = document.at("results")[i];
        double sum = 0, alarms = 0;
        for (const json& one : alone) {
            sum += one.at("results")[i].at("score").get<double>();
            alarms += one.at("results")[i].at("verdict") == "anomalous";
        }
        EXPECT_NEAR(image.at("score").get<double>(), sum / 3, 1e-6);
        EXPECT_NEAR(image.at("share").get<double>(), alarms / 3, 1e-6);
        EXPECT_GT(image.at("spread").get<double>(), 0);
    }
}

TEST_F(EnsembleCommands, TablesHaveColumnsForIt) {
    const Answer answer = run({"anomaly", "score", "guard.safetensors", "data/t10k-images-idx3-ubyte", "--csv",
                               "scores.csv", "--engine", "cpu"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out,
                AllOf(HasSubstr("± spread   agree"), HasSubstr("/3  "), HasSubstr("mean of 3 models: mse")));
    EXPECT_THAT(content_of(here() / "scores.csv"), StartsWith("name,score,p_value,verdict,features,spread,share\n"));
}

TEST_F(EnsembleCommands, ErrorMapsAreThoseOfTheMeanReconstruction) {
    const Answer answer = run({"anomaly", "score", "guard.safetensors", "data/t10k-images-idx3-ubyte", "--error-maps",
                               "maps.png", "-q", "--engine", "cpu"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_TRUE(fs::exists(here() / "maps.png"));
}

TEST_F(EnsembleCommands, OtherCommandsTakeItsFirstMember) {
    const Answer guard = run({"eval", "guard.safetensors", "--engine", "cpu", "--json"}),
                 first = run({"eval", "ens/models/0001", "--engine", "cpu", "--json"});
    ASSERT_EQ(guard.code, 0) << guard.err;
    EXPECT_EQ(json::parse(guard.out).at("bce"), json::parse(first.out).at("bce"));
    const Answer folder = run({"eval", "ens", "--engine", "cpu"});
    EXPECT_EQ(folder.code, 2);
    EXPECT_THAT(folder.err, HasSubstr("ens: is the folder of several models; name one of them, such as"));
}

TEST_F(EnsembleCommands, RefusesInOneLine) {
    for (const auto& [more, says] : std::vector<std::pair<Words, const char*>>{
             {{"--resume", "ens"}, "ae_cuda sweep --resume FOLDER continues an ensemble"},
             {{"--init", "ens/models/0001"}, "--init: is for one run"},
             {{"--keep", "best"}, "--keep: is for one run"},
             {{"--out", "ens"}, "ens: holds another sweep"},
             {{"--models", "0"}, "--models: 0 is not in 1"}}) {
        Words words = train_words({"--models", "3"});
        words.insert(words.end(), more.begin(), more.end());
        const Answer answer = run(words);
        EXPECT_EQ(answer.code, 2) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr(says));
    }
    ASSERT_EQ(run({"sweep", "--data", "data", "--layers", "64-8-64", "--batch-size", "50", "--epochs", "1", "--seeds",
                   "2", "--keep", "all", "--val", "split:0.25", "--engine", "cpu", "--out", "apart"})
                  .code,
              0);
    const Answer apart = run({"anomaly", "fit", "apart", "-o", "x.safetensors", "--engine", "cpu"});
    EXPECT_EQ(apart.code, 2);
    EXPECT_THAT(apart.err, HasSubstr("held out other images than the first model; train --models N"));
    const Answer shapes =
        run({"sweep", "--data", "data", "--layers", "64-8-64;64-4-64", "--batch-size", "50", "--epochs", "1", "--keep",
             "all", "--val", "split:0.25", "--engine", "cpu", "--out", "shapes"});
    ASSERT_EQ(shapes.code, 0) << shapes.err;
    EXPECT_THAT(run({"anomaly", "fit", "shapes", "-o", "x.safetensors", "--engine", "cpu"}).err,
                HasSubstr("layers is '64-4-64', and '64-8-64' of the first model"));
}

}  // namespace
}  // namespace ae::ensemble_test
