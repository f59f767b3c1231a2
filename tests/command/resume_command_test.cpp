// A resumed run continues its plan, on the terms with which it began.
#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "ae/checkpoint.h"
#include "ae/model.h"
#include "program.h"

namespace ae::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ResumeCommand : public testing::Test {
protected:
    void SetUp() override { write_idx_folder(here() / "data", 300, 40, 8); }

    fs::path here() const { return folder_.path(); }
    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }

    static std::vector<std::string> common(std::vector<std::string> more) {
        for (const char* word : {"--data", "data", "--layers", "64-16-64", "--batch-size", "32", "--threads", "1"})
            more.emplace_back(word);
        return more;
    }
    Answer train(std::vector<std::string> more) const { return run(common(std::move(more))); }

    /// Starts a run of `epochs` epochs and stops it by a signal as soon as it has a checkpoint.
    void stop_a_run(int epochs, std::vector<std::string> more) const {
        more.insert(more.end(), {"--epochs", std::to_string(epochs), "--checkpoint-every", "2e"});
        Program program(common(more), here());
        while (program.error_text().find("epoch ") == std::string::npos) std::this_thread::sleep_for(1ms);
        program.kill(SIGTERM);
        ASSERT_EQ(program.wait().code, 143);
    }

    int epochs_of(const std::string& run_folder) const {
        const std::string csv = content_of(here() / run_folder / "metrics.csv");
        return static_cast<int>(std::count(csv.begin(), csv.end(), '\n')) - 1;
    }

    TemporaryFolder folder_;
};

TEST_F(ResumeCommand, GoesOnToThePlannedEnd) {
    stop_a_run(400, {"--out", "run", "--preset", "best"});
    ASSERT_LT(epochs_of("run"), 400);
    const Answer resumed = run({"--resume", "run"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(epochs_of("run"), 400);
    const auto config = nlohmann::json::parse(content_of(here() / "run/config.json"));
    EXPECT_EQ(config.at("epochs"), 400);
    EXPECT_EQ(config.at("checkpoint-every"), "2e");
    EXPECT_EQ(config.at("made_by").at("preset"), "best");
    const Answer again = run({"--resume", "run"});
    EXPECT_EQ(again.code, 0);
    EXPECT_THAT(again.err, HasSubstr("has had its 400 epochs"));
    const Answer fewer = run({"--resume", "run", "--epochs", "5"});
    EXPECT_EQ(fewer.code, 2);
    EXPECT_THAT(fewer.err, HasSubstr("has had 400 epochs already"));
    EXPECT_EQ(load_model(here() / "run/model.safetensors").metadata.at("epochs"), "400");
}

TEST_F(ResumeCommand, TakesTheLatestRunInTime) {
    ASSERT_EQ(train({"--epochs", "1", "--out", "runs/z-first", "--seed", "1"}).code, 0);
    std::this_thread::sleep_for(20ms);
    ASSERT_EQ(train({"--epochs", "1", "--out", "runs/a-second", "--seed", "2"}).code, 0);
    fs::create_directory(here() / "runs/zz-empty");
    const Answer resumed = run({"--resume", "--epochs", "2"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_THAT(resumed.err, HasSubstr("seed 2"));
    EXPECT_EQ(epochs_of("runs/a-second"), 2);
    EXPECT_EQ(epochs_of("runs/z-first"), 1);
}

TEST_F(ResumeCommand, RefusesEveryOtherTermByName) {
    ASSERT_EQ(train({"--epochs", "1", "--out", "run"}).code, 0);
    const auto refused = [&](std::vector<std::string> more, int code, const std::string& says) {
        more.insert(more.begin(), {"--resume", "run", "--epochs", "2"});
        const Answer answer = run(more);
        EXPECT_EQ(answer.code, code) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr(says));
    };
    refused({"--math", "bf16"}, 4, "--math: 'fp32' in the checkpoint, 'bf16' asked for");
    refused({"--preset", "best"}, 4, "--preset: 'spec' in the checkpoint, 'best' asked for");
    refused({"--digits", "1-4"}, 4, "--labels");
    refused({"--out", "elsewhere"}, 2, "--out");
    refused({"--force"}, 2, "--force");
    EXPECT_FALSE(fs::exists(here() / "elsewhere"));
    EXPECT_EQ(run({"--resume", "run", "--epochs", "2", "--out", "./run", "--math", "fp32"}).code, 0);
}

TEST_F(ResumeCommand, RefusesOtherLabelsAndTestImages) {
    ASSERT_EQ(train({"--epochs", "1", "--out", "run", "--digits", "0-6"}).code, 0);
    for (const char* name : {"train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
        const std::string bytes = content_of(here() / "data" / name);
        std::string other = bytes;
        other.back() = static_cast<char>(other.back() ^ 1);
        put(here() / "data" / name, other);
        const Answer answer = run({"--resume", "run", "--epochs", "2"});
        EXPECT_EQ(answer.code, 4) << name << answer.err;
        EXPECT_THAT(answer.err, HasSubstr("other labels or test images")) << name;
        put(here() / "data" / name, bytes);
    }
    EXPECT_EQ(run({"--resume", "run", "--epochs", "2"}).code, 0);
}

TEST_F(ResumeCommand, GoesOnAndIsReportedFromAnotherFolder) {
    ASSERT_EQ(train({"--epochs", "1", "--out", "run"}).code, 0);
    fs::create_directory(here() / "elsewhere");
    EXPECT_EQ(run_program({"--resume", "../run", "--epochs", "2"}, here() / "elsewhere").code, 0);
    EXPECT_EQ(run_program({"report", "../run"}, here() / "elsewhere").code, 0);
    EXPECT_EQ(epochs_of("run"), 2);
}

TEST_F(ResumeCommand, TheModelIsOfTheEpochThatIsNamed) {
    ASSERT_EQ(train({"--epochs", "20", "--out", "run", "--lr", "0.3"}).code, 0);
    const Answer answer = run({"--resume", "run", "--epochs", "300", "--early-stop", "3"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const std::string words = "the model is that of epoch ";
    const std::size_t at = answer.err.find(words);
    ASSERT_NE(at, std::string::npos) << answer.err;
    const int said = std::stoi(answer.err.substr(at + words.size()));
    const Model model = load_model(here() / "run/model.safetensors");
    EXPECT_EQ(model.metadata.at("epochs"), std::to_string(said));
    const Answer eval = run({"eval", "run", "--data", "data", "--json", "--threads", "1"});
    EXPECT_NEAR(nlohmann::json::parse(eval.out).at("bce").get<double>(), std::stod(model.metadata.at("val_loss")),
                1e-6);
}

TEST_F(ResumeCommand, TheBestWeightsSoFarOutliveAnInterruption) {
    const std::vector<std::string> terms = {"--epochs", "60", "--lr", "0.3", "--early-stop", "8"};
    std::vector<std::string> straight = terms, stopped = terms;
    straight.insert(straight.end(), {"--out", "straight"});
    ASSERT_EQ(train(straight).code, 0);
    for (int epochs = 1; epochs <= epochs_of("straight"); ++epochs) {  // a stop after every epoch
        const std::string out = "stopped";
        Answer answer = epochs == 1 ? train({"--epochs", "1", "--lr", "0.3", "--early-stop", "8", "--out", out})
                                    : run({"--resume", out, "--epochs", std::to_string(epochs), "--threads", "1"});
        ASSERT_EQ(answer.code, 0) << answer.err;
    }
    EXPECT_EQ(load_model(here() / "stopped/model.safetensors").parameters,
              load_model(here() / "straight/model.safetensors").parameters);
    const int before = epochs_of("straight");
    EXPECT_EQ(run({"--resume", "straight"}).code, 0);
    EXPECT_EQ(epochs_of("straight"), before) << "a run that has stopped early went on";
}

TEST_F(ResumeCommand, AModelThatAnotherRunLeftIsNotTheBestOne) {
    ASSERT_EQ(train({"--epochs", "3", "--out", "other", "--seed", "9"}).code, 0);
    ASSERT_EQ(train({"--epochs", "3", "--out", "run", "--early-stop", "50"}).code, 0);
    fs::copy_file(here() / "other/model.safetensors", here() / "run/model.safetensors",
                  fs::copy_options::overwrite_existing);
    ASSERT_EQ(run({"--resume", "run", "--epochs", "4"}).code, 0);
    EXPECT_EQ(load_model(here() / "run/model.safetensors").settings.seed, 42u);
}

TEST_F(ResumeCommand, EventsAreCutBackToTheCheckpoint) {
    ASSERT_EQ(train({"--epochs", "4", "--out", "run"}).code, 0);
    const std::string checkpoint = content_of(here() / "run/checkpoint.safetensors");
    ASSERT_EQ(run({"--resume", "run", "--epochs", "9"}).code, 0);
    put(here() / "run/checkpoint.safetensors", checkpoint);  // as after a kill in epoch 10
    ASSERT_EQ(run({"--resume", "run", "--epochs", "6"}).code, 0);
    std::vector<int> epochs;
    std::istringstream lines(content_of(here() / "run/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);)
        if (const auto event = nlohmann::json::parse(line); event.at("event") == "epoch")
            epochs.push_back(event.at("epoch"));
    EXPECT_THAT(epochs, testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(ResumeCommand, AStoppedRunsWeightsCanBeUsed) {
    stop_a_run(100000, {"--out", "run"});
    ASSERT_FALSE(fs::exists(here() / "run/model.safetensors"));
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"eval", "run", "--data", "data"},
                                               {"export", "run", "-o", "run.onnx"},
                                               {"encode", "run", "data", "-o", "codes.npy"},
                                               {"report", "run"},
                                               {"inspect", "run"},
                                               {"export", "run/checkpoint.safetensors", "-o", "plain.safetensors"}})
        EXPECT_EQ(run(arguments).code, 0) << testing::PrintToString(arguments);
    const Checkpoint checkpoint = load_checkpoint(here() / "run/checkpoint.safetensors");
    EXPECT_EQ(load_model(here() / "plain.safetensors").parameters, checkpoint.state.parameters);
    EXPECT_FALSE(load_model(here() / "plain.safetensors").metadata.contains("history"));
}

TEST_F(ResumeCommand, ForceKeepsTheEarlierRunUntilTheNewOneHasACheckpoint) {
    ASSERT_EQ(train({"--epochs", "2", "--out", "run"}).code, 0);
    std::map<std::string, std::string> before;
    for (const auto& entry : fs::directory_iterator(here() / "run"))
        if (entry.path().filename() != ".lock") before[entry.path().filename()] = content_of(entry.path());
    ASSERT_EQ(train({"--epochs", "2", "--out", "run", "--force", "--lr", "1e30"}).code, 6);
    for (const auto& [name, bytes] : before) EXPECT_EQ(content_of(here() / "run" / name), bytes) << name;
    EXPECT_EQ(files_in(here() / "run"), before.size() + 1);

    ASSERT_EQ(train({"--epochs", "3", "--out", "run", "--force", "--seed", "9", "--early-stop", "50"}).code, 0);
    EXPECT_EQ(load_model(here() / "run/model.safetensors").settings.seed, 9u);
    EXPECT_EQ(epochs_of("run"), 3);
    EXPECT_THAT(content_of(here() / "run/metrics.jsonl"), Not(HasSubstr("\"epoch\":2,\"loss\":null")));
    EXPECT_EQ(files_in(here() / "run"), before.size() + 1) << "something of the earlier run was left";
}

TEST_F(ResumeCommand, ForceLeavesWhatNoRunHasMade) {
    for (const char* name :
         {"config.json", "model.safetensors", "metrics.csv", "metrics.jsonl", "reconstructions.png"}) {
        fs::create_directory(here() / "mine");
        put(here() / "mine" / name, "{\"mine\": 1}");
        for (int i = 0; i < 2; ++i) {
            const Answer answer = train({"--epochs", "1", "--out", "mine", "--force"});
            EXPECT_EQ(answer.code, 2) << name << answer.err;
            EXPECT_EQ(content_of(here() / "mine" / name), "{\"mine\": 1}");
        }
        fs::remove_all(here() / "mine");
    }
}

TEST_F(ResumeCommand, AConfigurationFileIsReadAsItStands) {
    put(here() / "c.cfg",
        "# a run\ndata = data\nlayers = 64-16-64\nbatch-size = 32  # images\nepochs = 1\ndigits = 1,3,5-9\n\r\n"
        "out = \"run\"\nquiet = true\n");
    const Answer answer = run({"--config", "c.cfg", "--seed", "7"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_EQ(answer.err, "");
    const auto config = nlohmann::json::parse(content_of(here() / "run/config.json"));
    EXPECT_EQ(config.at("labels"), "1,3,5-9");
    EXPECT_EQ(config.at("seed"), 7);
    const auto refusal = [&](const std::string& text) {
        put(here() / "bad.cfg", text);
        const Answer bad = run({"--config", "bad.cfg"});
        EXPECT_EQ(bad.code, 2) << text;
        return bad.err;
    };
    EXPECT_THAT(refusal("epochs = 1\n\nbatch_size = 16\n"),
                HasSubstr("bad.cfg:3: batch_size is unknown; did you mean --batch-size?"));
    EXPECT_THAT(refusal("[train]\n"), HasSubstr("bad.cfg:1: '[train]' is not an option"));
    EXPECT_THAT(refusal("data: d\n"), HasSubstr("one `name = value` a line"));
    EXPECT_THAT(refusal("preset = best\n"), HasSubstr("cannot stand in a file"));
    EXPECT_THAT(refusal("epochs = many\n"), HasSubstr("many"));
    EXPECT_THAT(refusal(std::string(2 << 20, '#')), HasSubstr("holds 2097152 bytes"));
    EXPECT_EQ(run({"--config", "/dev/zero"}).code, 2);
    EXPECT_EQ(run({"--config", "absent"}).code, 2);
}

}  // namespace
}  // namespace ae::test
