// From one model to the next: --init, --keep, a run's config.json given back, compare.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace ae::next_model_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class NextModel : public testing::Test {
protected:
    NextModel() { write_idx_folder(here() / "data", 300, 60, 8); }

    fs::path here() const { return folder_.path(); }
    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }
    Answer train(const std::string& out, std::vector<std::string> more) const {
        more.insert(more.end(), {"--data", "data", "--batch-size", "32", "--out", out});
        return run_program_well(on_one_thread(std::move(more)), here());
    }
    json inspect(const std::string& model) const { return json::parse(run({"inspect", model, "--json"}).out); }
    double bce(const std::string& model) const {
        return json::parse(run({"eval", model, "--engine", "cpu", "--json"}).out).at("bce");
    }

    TemporaryFolder folder_;
};

TEST_F(NextModel, BeginsWhereTheFirstOneEnded) {
    train("first", {"--layers", "64-16-64", "--epochs", "20", "--code-activation", "tanh"});
    write_idx_folder(here() / "other", 300, 60, 8, 3);
    const Answer answer = train("next", {"--init", "first", "--epochs", "1", "--lr", "1e-9"});
    EXPECT_THAT(answer.err, HasSubstr("init     the weights of first; new: learning rate 1e-09 (was 0.001)"));
    EXPECT_NEAR(bce("next"), bce("first"), 1e-4) << "a learning rate that changes nothing";
    EXPECT_EQ(inspect("next").at("training").at("code_activation"), "tanh");
    const Answer again =
        run({"--init", "first", "--data", "other", "--epochs", "1", "--engine", "cpu", "--out", "third"});
    EXPECT_THAT(again.err, HasSubstr("data other (was data)"));
}

TEST_F(NextModel, SaysWhichOtherImagesItIsGiven) {
    train("first",
          {"--layers", "64-16-64", "--epochs", "1", "--labels", "0-7", "--exclude", "3", "--val", "split:0.2"});
    EXPECT_THAT(train("next", {"--init", "first", "--epochs", "1"}).err,
                HasSubstr("init     the weights of first; new: labels all (was 0-7), without labels none (was 3), "
                          "validation test (was split:0.2)\n"));
    const std::string same = train("same", {"--init", "next", "--epochs", "1"}).err;
    EXPECT_THAT(same, HasSubstr("init     the weights of next\n"));
}

TEST_F(NextModel, BeginsWithImportedWeights) {
    train("first", {"--layers", "64-16-64", "--epochs", "20"});
    ASSERT_EQ(run({"export", "first", "-o", "weights.npz"}).code, 0);
    ASSERT_EQ(run({"import", "weights.npz", "-o", "foreign.safetensors"}).code, 0);
    train("next", {"--init", "foreign.safetensors", "--epochs", "1", "--lr", "1e-9"});
    EXPECT_NEAR(bce("next"), bce("first"), 1e-4);
}

/// A checkpoint is of the last epoch, whatever model the run kept; thresholds are no weights.
TEST_F(NextModel, BeginsWithACheckpointOrAModelWithThresholds) {
    train("first", {"--layers", "64-16-64", "--epochs", "5", "--val", "split:0.4", "--lr", "0.01"});
    ASSERT_EQ(run({"anomaly", "fit", "first", "-o", "guard.safetensors", "--engine", "cpu"}).code, 0);
    for (const std::string start : {"first/checkpoint.safetensors", "guard.safetensors"}) {
        const std::string out = start.substr(0, 5) + "_next";
        const Answer answer = train(out, {"--init", start, "--epochs", "1", "--lr", "1e-9", "--val", "split:0.4"});
        EXPECT_THAT(answer.err,
                    HasSubstr("init     the weights of " + start + "; new: learning rate 1e-09 (was 0.01)\n"));
        EXPECT_NEAR(bce(out), bce("first"), 1e-4) << start;
        EXPECT_FALSE(inspect(out).contains("anomaly")) << "the thresholds of other weights";
        EXPECT_EQ(inspect(out).at("training").at("epochs"), 1);
    }
}

TEST_F(NextModel, RefusesOtherLayersAndAResume) {
    train("first", {"--layers", "64-16-64", "--epochs", "1"});
    for (const auto& [more, says] :
         {std::pair<std::vector<std::string>, const char*>{{"--layers", "64-8-64"}, "has the layers 64-16-64"},
          {{"--resume", "first"}, "--init: begins a new run"}}) {
        std::vector<std::string> arguments{"--init", "first", "--data", "data"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, 2);
        EXPECT_THAT(answer.err, HasSubstr(says));
    }
    EXPECT_EQ(run({"--init", "absent", "--data", "data"}).code, 4);
}

/// So few images are learnt by heart, and the validation's loss goes up again long before the last epoch.
TEST_F(NextModel, IsTheBestOrTheLastAsAsked) {
    write_idx_folder(here() / "data", 32, 60, 8);
    const std::vector<std::string> by_heart{"--layers", "64-64-64", "--epochs", "300", "--lr", "0.02"};
    std::vector<std::string> best = by_heart;
    best.insert(best.end(), {"--keep", "best"});
    EXPECT_THAT(train("last", by_heart).err, HasSubstr("--keep best leaves the best"));
    EXPECT_THAT(train("best", best).err, Not(HasSubstr("--keep best")));
    const json last = inspect("last"), kept = inspect("best");
    EXPECT_EQ(last.at("training").at("epochs"), 300);
    EXPECT_LT(kept.at("training").at("epochs"), 200);
    EXPECT_LT(kept.at("metrics").at("val_loss"), last.at("metrics").at("val_loss"));
    EXPECT_NEAR(bce("best"), kept.at("metrics").at("val_loss").get<double>(), 1e-5);
}

TEST_F(NextModel, IsMadeAgainFromItsConfiguration) {
    train("first", {"--layers", "64-16-64", "--epochs", "2", "--preset", "best", "--noise", "gaussian:0.1", "--digits",
                    "0-7", "--val", "split:0.2", "--beta1", "0.85"});
    const Answer again = run({"--config", "first/config.json", "--out", "second", "--threads", "1"});
    ASSERT_EQ(again.code, 0) << again.err;
    json first = inspect("first/model.safetensors"), second = inspect("second/model.safetensors");
    EXPECT_EQ(first.at("metrics"), second.at("metrics"));
    EXPECT_EQ(first.at("training"), second.at("training"));
    put(here() / "bad.json", "{\"epochs\": 1, \"made_by\": {}, \"layers\": [64, 64]}");
    EXPECT_THAT(run({"--config", "bad.json"}).err, HasSubstr("'layers' is neither a text nor a number"));
    put(here() / "bad.json", "{\"epochs\": 1");
    EXPECT_EQ(run({"--config", "bad.json"}).code, 2);
    put(here() / "bad.json", "{\"learning_rate\": 1}");
    EXPECT_THAT(run({"--config", "bad.json"}).err, HasSubstr("bad.json: learning_rate is unknown; did you mean"));
}

TEST_F(NextModel, IsComparedWithTheFirst) {
    train("a", {"--layers", "64-16-64", "--epochs", "6"});
    train("b", {"--layers", "64-8-64", "--epochs", "7", "--lr", "0.01"});
    const Answer table = run({"compare", "a", "b", "-o", "page.html"});
    ASSERT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, AllOf(HasSubstr("best val_loss"), HasSubstr("64-8-64"), HasSubstr("learning rate"),
                                 Not(HasSubstr("batch size"))));
    const json document = json::parse(run({"compare", "a", "b", "--json"}).out);
    EXPECT_EQ(document.at("differ_in"), (std::vector<std::string>{"layers", "learning rate"}));
    EXPECT_EQ(document.at("runs")[1].at("epochs"), 7);
    EXPECT_TRUE(fs::exists(here() / "page.html"));
    EXPECT_EQ(run({"compare", "a", "absent"}).code, 2);
    EXPECT_EQ(run({"compare", "a", "-o", "page.png"}).code, 2);
}

TEST_F(NextModel, WordsThatWereMeantAreNamed) {
    EXPECT_THAT(run({"trian"}).err, HasSubstr("did you mean train?"));
    EXPECT_THAT(run({"recon", "x"}).err, HasSubstr("did you mean reconstruct?"));
    EXPECT_THAT(run({"--learn", "3"}).err, AllOf(HasSubstr("did you mean --learning-rate?"), Not(HasSubstr(", 3"))));
}

}  // namespace
}  // namespace ae::next_model_test
