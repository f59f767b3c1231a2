// ae_cuda sweep, started as a user starts it: the models' bits, the files, stops and resumption, refusals.
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "ae/model.h"
#include "program.h"
#include "sanitized.h"

namespace ae::sweep_command_test {
using namespace test;
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Words = std::vector<std::string>;

class SweepCommand : public testing::Test {
protected:
    void SetUp() override { write_idx_folder(here() / "data", 300, 40, 8); }

    fs::path here() const { return folder_.path(); }
    Answer run(const Words& arguments) const { return run_program(arguments, here()); }

    static Words sweep_words(const Words& more) {
        Words all = {"sweep", "--data", "data", "--layers", "64-16-64", "--batch-size", "32", "--engine", "cpu"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Answer sweep(const Words& more) const { return run(sweep_words(more)); }

    json document(const std::string& folder = "s") const {
        return json::parse(content_of(here() / folder / "sweep.json"));
    }
    std::vector<float> parameters(const std::string& run_folder) const {
        return load_model(here() / run_folder / "model.safetensors").parameters;
    }

    std::string fact(const std::string& run_folder, const char* name) const {
        return load_model(here() / run_folder / "model.safetensors").metadata.at(name);
    }

    /// A sweep that runs; what an earlier one has written on stderr is gone.
    Program begun(const Words& options) const {
        fs::remove(here() / ".stderr");
        return Program(sweep_words(options), here());
    }

    /// Waits until it has written the text on stderr; false where that takes a minute.
    static bool says(const Program& program, const std::string& text) {
        for (int i = 0; i < 60'000; ++i, std::this_thread::sleep_for(1ms))
            if (program.error_text().find(text) != std::string::npos) return true;
        return false;
    }

    std::string results(const std::string& folder) const { return results_of_sweep(here() / folder); }

    TemporaryFolder folder_;
};

TEST_F(SweepCommand, EveryModelHasTheBitsOfOneTrainedAlone) {
    const Answer answer = sweep({"--lr", "0.001,0.02", "--code", "4,8", "--seeds", "2", "--epochs", "3", "--threads",
                                 "3", "--keep", "all", "--out", "s"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    int model = 0;
    for (const char* seed : {"42", "43"})
        for (const char* code : {"4", "8"})
            for (const char* rate : {"0.001", "0.02"}) {
                const std::string name = "s/models/000" + std::to_string(++model);
                const Answer alone = run({"train", "--data", "data", "--layers", std::string("64-") + code + "-64",
                                          "--batch-size", "32", "--engine", "cpu", "--threads", "1", "--lr", rate,
                                          "--seed", seed, "--epochs", "3", "--out", "alone" + std::to_string(model)});
                ASSERT_EQ(alone.code, 0) << alone.err;
                EXPECT_EQ(parameters(name), parameters("alone" + std::to_string(model))) << name;
            }
    EXPECT_EQ(model, 8);
    EXPECT_EQ(run({"eval", "s/models/0003"}).code, 0);
    EXPECT_EQ(run({"train", "--resume", "s/models/0003", "--epochs", "4"}).code, 0);
}

TEST_F(SweepCommand, ImagesThatASeedHoldsOutAreThoseOfASingleRun) {
    const Words split{"--val", "split:0.2", "--schedule", "cosine", "--noise", "gaussian:0.2", "--epochs", "2"};
    Words all = split, alone = split;
    all.insert(all.end(), {"--seeds", "2", "--keep", "all", "--out", "s"});
    ASSERT_EQ(sweep(all).code, 0);
    alone.insert(alone.end(), {"--data", "data", "--layers", "64-16-64", "--batch-size", "32", "--engine", "cpu",
                               "--threads", "1", "--seed", "43", "--out", "alone"});
    ASSERT_EQ(run(alone).code, 0);
    EXPECT_EQ(parameters("s/models/0002"), parameters("alone"));
    EXPECT_EQ(fact("s/models/0002", "test_loss"), fact("alone", "test_loss"));
}

TEST_F(SweepCommand, KeepsTheBestEpochWhereAskedToStopEarly) {
    const Words wild{"--layers", "64-16-64", "--lr", "0.3", "--epochs", "60", "--early-stop", "4"};
    Words all{"sweep", "--data", "data", "--batch-size", "32", "--engine", "cpu", "--out", "s"};
    Words alone{"--data", "data", "--batch-size", "32", "--engine", "cpu", "--threads", "1", "--out", "alone"};
    all.insert(all.end(), wild.begin(), wild.end());
    alone.insert(alone.end(), wild.begin(), wild.end());
    ASSERT_EQ(run(all).code, 0);
    ASSERT_EQ(run(alone).code, 0);
    EXPECT_EQ(parameters("s/models/0001"), parameters("alone"));
    const json model = document().at("models")[0];
    EXPECT_EQ(model.at("left_epoch"), model.at("best_epoch"));
    EXPECT_LT(model.at("epochs"), 60);
    EXPECT_EQ(fact("s/models/0001", "epochs"), to_string(model.at("best_epoch")));
}

TEST_F(SweepCommand, LeavesATableAndAFileOfWhatItFound) {
    const Answer answer = sweep(
        {"--lr", "log:1e-3..1e-1:3", "--seeds", "3", "--seed", "7", "--epochs", "2", "--keep", "2", "--out", "s"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out,
                AllOf(HasSubstr("rank     lr"), HasSubstr(" ± "), Not(HasSubstr("code")), HasSubstr("+0.")));
    EXPECT_EQ(std::count(answer.out.begin(), answer.out.end(), '\n'), 4) << answer.out;
    EXPECT_THAT(answer.err, AllOf(HasSubstr("model 9/9  lr "), HasSubstr("best val_loss 0.")));
    const std::string csv = content_of(here() / "s/sweep.csv");
    EXPECT_THAT(csv, testing::StartsWith("model,layers,code,batch_size,lr,noise,seed,end,epochs,val_loss,val_mse,"));
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 10) << csv;
    EXPECT_THAT(csv, HasSubstr("\n4,64-16-64,16,32,0.001,none,8,done,2,"));

    const json found = document();
    EXPECT_EQ(found.at("models").size(), 9u);
    EXPECT_EQ(found.at("plan").at("seeds"), json({7, 8, 9}));
    EXPECT_EQ(found.at("plan").at("options"), json({"--lr"}));
    EXPECT_TRUE(found.at("made_by").contains("commit"));
    std::vector<double> losses;
    for (const json& model : found.at("models")) {
        EXPECT_EQ(model.at("end"), "done");
        EXPECT_EQ(model.at("val_losses").size(), 2u);
        losses.push_back(model.at("val_loss"));
    }
    std::ranges::sort(losses);
    int folders = 0;
    for (const json& model : found.at("models")) {
        if (!model.contains("folder")) continue;
        ++folders;
        EXPECT_LE(model.at("val_loss").get<double>(), losses[1]);
        EXPECT_TRUE(fs::exists(here() / "s" / model.at("folder").get<std::string>() / "model.safetensors"));
    }
    EXPECT_EQ(folders, 2);
    EXPECT_EQ(std::distance(fs::directory_iterator(here() / "s/models"), {}), 2) << "run folders of others are left";
    EXPECT_FALSE(fs::exists(here() / "s/checkpoints"));
}

TEST_F(SweepCommand, HasAFolderNamedByTheTimeUnlessToldOtherwise) {
    const Answer answer = sweep({"--lr", "0.001,0.01", "--epochs", "2", "--halving", "2"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const fs::path made = fs::directory_iterator(here() / "sweeps")->path();
    EXPECT_TRUE(fs::exists(made / "sweep.json") && fs::exists(made / "sweep.html")) << made;
}

TEST_F(SweepCommand, DrawsALiveLine) {
    const Answer answer =
        sweep({"--lr", "0.001,0.01", "--seeds", "3", "--epochs", "20", "--progress", "always", "--out", "s"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.err, AllOf(HasSubstr("/6 models"), HasSubstr(" left")));
    EXPECT_THAT(run({"sweep", "--help"}).out, AllOf(HasSubstr("--halving INT"), Not(HasSubstr("[[]]")),
                                                    Not(HasSubstr("--init")), HasSubstr("Example:")));
}

TEST_F(SweepCommand, StoppedAndResumedItEndsAsIfNeverStopped) {
    write_idx_folder(here() / "data", kIsSanitized ? 600 : 3000, 40, 8);  // long enough to be stopped
    const Words options{"--lr", "0.001,0.01", "--code", "8,16", "--seeds", "2", "--epochs", "40", "--threads", "2"};
    Words straight = options, stopped = options;
    straight.insert(straight.end(), {"--out", "straight"});
    stopped.insert(stopped.end(), {"--out", "stopped"});
    const Answer whole = sweep(straight);
    ASSERT_EQ(whole.code, 0) << whole.err;
    for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
        fs::remove_all(here() / "stopped");
        Program program = begun(stopped);
        ASSERT_TRUE(says(program, "model 2/8"));
        program.kill(signal);
        const Answer answer = program.wait();
        ASSERT_EQ(answer.code, 128 + signal) << answer.err;
        if (signal != SIGKILL) {
            EXPECT_THAT(answer.err, HasSubstr("Continue with: ae_cuda sweep --resume stopped"));
            EXPECT_THAT(answer.out, HasSubstr("rank"));
            EXPECT_THAT(results("stopped"), HasSubstr(",open,"));
        }
        const Answer resumed = run({"sweep", "--resume", "stopped", "--threads", "1"});
        ASSERT_EQ(resumed.code, 0) << resumed.err;
        EXPECT_EQ(resumed.out, whole.out);
        EXPECT_EQ(results("stopped"), results("straight"));
        const json models = document("straight").at("models");
        for (const json& model : models)
            if (model.contains("folder")) {
                const std::string name = model.at("folder");
                EXPECT_EQ(parameters("stopped/" + name), parameters("straight/" + name));
            }
        EXPECT_FALSE(fs::exists(here() / "stopped/checkpoints"));
    }
}

TEST_F(SweepCommand, ModelsThatDivergeAreRowsAndTheOthersGoOn) {
    const Answer answer = sweep({"--lr", "0.001,1e30", "--seeds", "2", "--epochs", "2", "--out", "s"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("2 of 2 diverged"));
    EXPECT_THAT(content_of(here() / "s/sweep.csv"), HasSubstr(",1e+30,none,42,diverged,"));
    EXPECT_THAT(document().at("models")[1].at("note").get<std::string>(), HasSubstr("diverged: the loss of step"));

    const Answer all = sweep({"--lr", "1e30,1e31", "--epochs", "2", "--out", "all"});
    EXPECT_EQ(all.code, 6) << all.err;
    EXPECT_THAT(all.err, HasSubstr("all 2 models diverged"));
    EXPECT_TRUE(fs::exists(here() / "all/sweep.csv"));
}

TEST_F(SweepCommand, HalvingDropsTheWorstAndLeavesTheOthersTheirBits) {
    const Words options{"--lr", "0.0001,0.001,0.01,0.03", "--seeds", "2", "--epochs", "6", "--keep", "all"};
    Words all = options, halved = options;
    all.insert(all.end(), {"--out", "all"});
    halved.insert(halved.end(), {"--halving", "2", "--out", "halved"});
    ASSERT_EQ(sweep(all).code, 0);
    const Answer answer = sweep(halved);
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.out, AllOf(HasSubstr("dropped after epoch 1"), HasSubstr("dropped after epoch 2")));
    EXPECT_THAT(answer.err, HasSubstr("2 of 4 settings are dropped after epoch 1"));
    int done = 0;
    const json every = document("all").at("models"), some = document("halved").at("models");
    for (std::size_t i = 0; i < some.size(); ++i) {
        const std::size_t epochs = some[i].at("epochs");
        EXPECT_TRUE(epochs == 1 || epochs == 2 || epochs == 6) << epochs;
        for (std::size_t e = 0; e < epochs; ++e)
            EXPECT_EQ(some[i].at("val_losses")[e], every[i].at("val_losses")[e]) << i;
        if (some[i].at("end") != "done") continue;
        ++done;
        const std::string name = some[i].at("folder");
        EXPECT_EQ(parameters("halved/" + name), parameters("all/" + name));
    }
    EXPECT_EQ(done, 2) << "4 → 2 → 1 settings of two seeds";
}

TEST_F(SweepCommand, HalvingThatWasStoppedEndsAsIfNeverStopped) {
    write_idx_folder(here() / "data", 3000, 40, 8);
    const Words options{"--lr", "0.001,0.003,0.01,0.03", "--epochs", "50", "--halving", "3", "--threads", "1"};
    Words straight = options, stopped = options;
    straight.insert(straight.end(), {"--out", "straight"});
    stopped.insert(stopped.end(), {"--out", "stopped"});
    const Answer whole = sweep(straight);
    ASSERT_EQ(whole.code, 0) << whole.err;
    Program program = begun(stopped);
    ASSERT_TRUE(says(program, "dropped after epoch 3"));
    program.kill(SIGTERM);
    EXPECT_EQ(program.wait().code, 143);
    const Answer resumed = run({"sweep", "--resume", "--out", "stopped", "--quiet"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(resumed.err, "");
    EXPECT_EQ(resumed.out, whole.out);
    EXPECT_EQ(results("stopped"), results("straight"));
}

TEST_F(SweepCommand, DrawsSettingsByTheSeed) {
    const auto rates = [&](const std::string& seed, const std::string& out) {
        const Answer answer = sweep({"--random", "5", "--lr", "log:1e-4..1e-1", "--code", "4,8", "--epochs", "1",
                                     "--seed", seed, "--out", out});
        EXPECT_EQ(answer.code, 0) << answer.err;
        std::vector<double> found;
        const json settings = document(out).at("plan").at("settings");
        for (const json& s : settings) found.push_back(s.at("learning_rate"));
        return found;
    };
    const std::vector<double> first = rates("1", "a");
    EXPECT_EQ(first.size(), 5u);
    EXPECT_EQ(rates("1", "b"), first);
    EXPECT_NE(rates("2", "c"), first);
}

TEST_F(SweepCommand, ReadsListsFromAFile) {
    put(here() / "plan.json",
        R"({"lr": [0.001, "log:0.01..0.02:2"], "layers": ["64-16-64", "64-8-64"], "noise": "none,mask:0.3",
            "epochs": 1, "batch-size": 32, "data": "data", "engine": "cpu"})");
    const Answer answer = run({"sweep", "--config", "plan.json", "--seeds", "1", "--out", "s"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_EQ(document().at("plan").at("options"), json({"--layers", "--lr", "--noise"}));
    EXPECT_EQ(document().at("models").size(), 12u);
    put(here() / "plan.txt", "lr = 0.001, 0.002\nlayers = 64-16-64; 64-8-64  # two networks\nepochs = 1\n");
    const Answer text = run({"sweep", "--config", "plan.txt", "--data", "data", "--batch", "32", "--out", "t"});
    ASSERT_EQ(text.code, 0) << text.err;
    EXPECT_EQ(document("t").at("models").size(), 4u);

    const Answer train = run({"--config", "plan.json", "--out", "r"});
    EXPECT_EQ(train.code, 2);
    EXPECT_THAT(train.err, HasSubstr("plan.json: 'lr' is neither a text nor a number"));
    put(here() / "plan.json", R"({"lr": [[0.001]]})");
    EXPECT_EQ(run({"sweep", "--config", "plan.json", "--out", "u"}).code, 2);
}

TEST_F(SweepCommand, RefusesInOneLine) {
    ASSERT_EQ(sweep({"--epochs", "1", "--out", "s"}).code, 0);
    ASSERT_EQ(run({"--data", "data", "--layers", "64-16-64", "--batch-size", "32", "--epochs", "1", "--out", "r"}).code,
              0);
    for (const auto& [more, says] : std::vector<std::pair<Words, const char*>>{
             {{"--lr", "fast"}, "--lr: 'fast' is neither a number above 0"},
             {{"--lr", "log:1e-4..1e-2"}, "--lr: the range does not say its number of values"},
             {{"--code", "64"}, "--code 64: the code has to stay the narrowest layer"},
             {{"--code", "8.5"}, "--code: '8.5' is neither a whole number"},
             {{"--batch-size", "16,301"}, "--batch-size 301: there are 300 training images"},
             {{"--noise", "loud:1"}, "loud"},
             {{"--layers", "64-16-64;64-x-64"}, "'64-x-64' is not a list of widths"},
             {{"--keep", "some"}, "--keep: 'some' is neither best nor all nor a number of models"},
             {{"--seeds", "0"}, "--seeds: 0 is not in 1"},
             {{"--halving", "1"}, "--halving: 1 is not in 2"},
             {{"--halving", "2", "--early-stop", "3"}, "--early-stop: beside --halving"},
             {{"--together", "perhaps"}, "--together: 'perhaps' is none of auto, yes and no"},
             {{"--together", "yes"}, "--together yes: the engine cpu trains one model at a time"},
             {{"--init", "r"}, "unknown: --init"},
             {{"--halvin", "3"}, "did you mean --halving?"},
             {{"--out", "s"}, "s: holds another sweep (sweep.json); --resume continues it"},
             {{"--out", "r"}, "r: holds another run (model.safetensors)"},
             {{"--resume", "s", "--out", "s"}, "a sweep continues with the options it began with"}}) {
        Words words{"sweep", "--data", "data", "--engine", "cpu", "--epochs", "1"};
        words.insert(words.end(), more.begin(), more.end());
        const bool has_layers = std::ranges::find(more, "--layers") != more.end();
        if (!has_layers) words.insert(words.end(), {"--layers", "64-32-64-32-64"});
        if (std::ranges::find(more, "--out") == more.end()) words.insert(words.end(), {"--out", "new"});
        const Answer answer = run(words);
        EXPECT_EQ(answer.code, 2) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr(says));
        const std::string refusal = answer.err.substr(answer.err.find("ae_cuda: "));
        EXPECT_EQ(std::ranges::count(refusal, '\n'), 1) << refusal;
        EXPECT_FALSE(fs::exists(here() / "new")) << says;
    }
    EXPECT_EQ(run({"sweep", "--resume", "r"}).code, 2);
    EXPECT_EQ(run({"sweep", "--resume"}).code, 2);
}

TEST_F(SweepCommand, IsResumedOnItsOwnDataAlone) {
    ASSERT_EQ(sweep({"--epochs", "1", "--out", "s"}).code, 0);
    write_idx_folder(here() / "data", 300, 40, 8, 2);
    const Answer answer = run({"sweep", "--resume", "s"});
    EXPECT_EQ(answer.code, 4);
    EXPECT_THAT(answer.err, HasSubstr("is of a sweep over other data"));
    put(here() / "s/sweep.json", "{}");
    EXPECT_EQ(run({"sweep", "--resume", "s"}).code, 4);
}

}  // namespace
}  // namespace ae::sweep_command_test
