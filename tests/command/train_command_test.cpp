// The program, started as a user starts it: the files it leaves, resuming, signals, kills, exit codes.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "program.h"

namespace ae::train_command_test {
using namespace test;
namespace {

using namespace std::chrono_literals;

class TrainCommand : public testing::Test {
protected:
    void SetUp() override { write_idx_folder(here() / "data", 300, 40, 8); }

    fs::path here() const { return folder_.path(); }

    Answer train(std::vector<std::string> more) const {
        std::vector<std::string> all = {"--data", "data",     "--layers", "64-16-64",  "--batch-size",
                                        "32",     "--engine", "cpu",      "--threads", "1"};
        all.insert(all.end(), more.begin(), more.end());
        return run_program(all, here());
    }

    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }

    /// The tensors of a run's model, without the metadata, which tells the time.
    std::string weights(const std::string& run) const {
        const std::string bytes = content_of(here() / run / "model.safetensors");
        constexpr std::size_t kParameters = 64 * 16 + 16 + 16 * 64 + 64;
        return bytes.substr(bytes.size() - kParameters * sizeof(float));
    }

    /// The columns of metrics.csv that are no times.
    std::string losses(const std::string& run) const {
        std::ifstream file(here() / run / "metrics.csv");
        std::string columns, loss, val_loss;
        for (std::string line, epoch; std::getline(file, line);) {
            std::istringstream cells(line);
            std::getline(cells, epoch, ',');
            std::getline(cells, loss, ',');
            std::getline(cells, val_loss, ',');
            columns += epoch + " " + loss + " " + val_loss + "\n";
        }
        return columns;
    }

    static std::string last_line(const std::string& text) {
        return text.substr(text.find_last_of('\n', text.size() - 2) + 1);
    }

    TemporaryFolder folder_;
};

TEST_F(TrainCommand, LeavesTheRunFolderThatTheReadmeNames) {
    const Answer answer = train({"--epochs", "3", "--out", "run"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_EQ(answer.out, "");
    for (const char* name : {"model.safetensors", "checkpoint.safetensors", "metrics.csv", "metrics.jsonl",
                             "config.json", "reconstructions.png"})
        EXPECT_TRUE(fs::file_size(here() / "run" / name) > 0) << name;
    const std::string csv = content_of(here() / "run/metrics.csv");
    EXPECT_TRUE(csv.starts_with("epoch,loss,val_loss,val_mse,")) << csv;
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4) << csv;
    EXPECT_NE(answer.err.find("epoch  3/3  loss 0."), std::string::npos) << answer.err;
    EXPECT_EQ(answer.err.find('\r'), std::string::npos) << "a bar was drawn where there is no terminal";
}

TEST_F(TrainCommand, ADefaultBatchGivesWayToASmallSet) {
    write_idx_folder(here() / "few", 64, 16, 8);
    const Answer answer =
        run({"--data", "few", "--layers", "64-16-64", "--engine", "cpu", "--epochs", "1", "--out", "few run"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_NE(answer.err.find("batch 64 "), std::string::npos) << answer.err;
    EXPECT_EQ(run({"--resume", "few run", "--epochs", "2"}).code, 0);
    EXPECT_EQ(run({"--data", "few", "--layers", "64-16-64", "--batch-size", "256", "--out", "asked"}).code, 2);
}

TEST_F(TrainCommand, SameSeedSameBits) {
    ASSERT_EQ(train({"--epochs", "2", "--out", "a"}).code, 0);
    ASSERT_EQ(train({"--epochs", "2", "--out", "b"}).code, 0);
    ASSERT_EQ(train({"--epochs", "2", "--out", "c", "--seed", "7"}).code, 0);
    EXPECT_EQ(weights("a"), weights("b"));
    EXPECT_NE(weights("a"), weights("c"));
}

TEST_F(TrainCommand, ResumedEqualsNeverStopped) {
    ASSERT_EQ(train({"--epochs", "4", "--out", "straight"}).code, 0);
    ASSERT_EQ(train({"--epochs", "2", "--out", "stopped"}).code, 0);
    const Answer resumed =
        run({"--resume", "stopped", "--epochs", "4", "--data", "data", "--engine", "cpu", "--threads", "1"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(weights("straight"), weights("stopped"));
    EXPECT_EQ(losses("straight"), losses("stopped"));
}

TEST_F(TrainCommand, InterruptedInMidEpochGoesOnBitForBit) {
    write_idx_folder(here() / "large", 20000, 40, 8);
    const std::vector<std::string> common = {"--data", "large",    "--layers", "64-16-64",  "--batch-size",
                                             "32",     "--engine", "cpu",      "--threads", "1"};
    const auto run_common = [&](std::vector<std::string> more) {
        more.insert(more.end(), common.begin(), common.end());
        return more;
    };
    Program program(run_common({"--epochs", "1000000", "--out", "run"}), here());
    while (program.error_text().find("epoch  2/") == std::string::npos) std::this_thread::sleep_for(1ms);
    program.kill(SIGTERM);
    const Answer stopped = program.wait();
    EXPECT_EQ(stopped.code, 143) << last_line(stopped.err);
    EXPECT_NE(stopped.err.find("--resume run"), std::string::npos) << last_line(stopped.err);
    EXPECT_FALSE(fs::exists(here() / "run/model.safetensors"));
    const std::string csv = content_of(here() / "run/metrics.csv");
    const std::string epochs = std::to_string(std::count(csv.begin(), csv.end(), '\n') + 1);  // two more than are done
    const Answer resumed = run({"--resume", "run", "--epochs", epochs});
    ASSERT_EQ(resumed.code, 0) << last_line(resumed.err);
    ASSERT_EQ(run(run_common({"--epochs", epochs, "--out", "straight"})).code, 0);
    EXPECT_EQ(weights("straight"), weights("run"));
    EXPECT_EQ(losses("straight"), losses("run"));
}

TEST_F(TrainCommand, ChoosesImagesAndKeepsTheChoiceOverAResume) {
    const std::vector<std::string> choice = {"--digits", "0-6", "--exclude", "3", "--val", "split:0.2"};
    const auto chosen = [&](std::vector<std::string> more) {
        more.insert(more.end(), choice.begin(), choice.end());
        return train(more);
    };
    const Answer straight = chosen({"--epochs", "3", "--out", "straight"});
    ASSERT_EQ(straight.code, 0) << straight.err;
    EXPECT_NE(straight.err.find("for one final evaluation"), std::string::npos) << straight.err;
    EXPECT_NE(straight.err.find("on the test images, evaluated once, after training"), std::string::npos)
        << straight.err;
    ASSERT_EQ(chosen({"--epochs", "1", "--out", "stopped"}).code, 0);
    ASSERT_EQ(run({"--resume", "stopped", "--epochs", "3"}).code, 0);
    EXPECT_EQ(losses("straight"), losses("stopped"));

    const Answer other = run({"--resume", "stopped", "--epochs", "4", "--val", "test"});
    EXPECT_EQ(other.code, 4);
    EXPECT_NE(other.err.find("--val: 'split:0.2' in the checkpoint"), std::string::npos) << other.err;
    EXPECT_EQ(train({"--val", "0.1"}).code, 2);
}

TEST_F(TrainCommand, KilledAtAnyMomentItLeavesACheckpointToGoOnFrom) {
    std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
    ASSERT_EQ(train({"--epochs", "1", "--out", "run"}).code, 0);
    const std::vector<std::string> more = {"--resume",           "run", "--data",   "data",
                                           "--engine",           "cpu", "--epochs", "1000000",
                                           "--checkpoint-every", "3s",  "--quiet"};
    for (int trial = 0; trial < 30; ++trial) {
        Program program(more, here());
        std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 100));
        program.kill(SIGKILL);
        ASSERT_EQ(program.wait().code, 128 + SIGKILL) << program.error_text();
    }
    const std::string log = content_of(here() / "run/metrics.jsonl");
    Program program(more, here());
    for (int i = 0; i < 1000 && content_of(here() / "run/metrics.jsonl") == log; ++i) std::this_thread::sleep_for(10ms);
    program.kill(SIGINT);  // not before it has begun: a signal would end it then without a look at the folder
    const Answer last = program.wait();
    EXPECT_EQ(last.code, 130) << last.err;
    for (const auto& entry : fs::directory_iterator(here() / "run"))
        EXPECT_EQ(entry.path().string().find(".ae_cuda-part."), std::string::npos)
            << entry.path() << " was not removed";
}

TEST_F(TrainCommand, AFullDiskEndsTheRunAndLeavesTheOldCheckpoint) {
    ASSERT_EQ(train({"--epochs", "1", "--out", "run"}).code, 0);
    const std::string before = content_of(here() / "run/checkpoint.safetensors");
    rlimit usual{};
    getrlimit(RLIMIT_FSIZE, &usual);
    const rlimit small{8192, usual.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const Answer full = run({"--resume", "run", "--epochs", "2"});
    setrlimit(RLIMIT_FSIZE, &usual);
    EXPECT_EQ(full.code, 8) << full.err;
    EXPECT_NE(full.err.find("run/checkpoint.safetensors: cannot write it: File too large; free some space"),
              std::string::npos)
        << full.err;
    EXPECT_EQ(content_of(here() / "run/checkpoint.safetensors"), before);
}

TEST_F(TrainCommand, AnotherRunsFolderIsRefused) {
    ASSERT_EQ(train({"--epochs", "1", "--out", "run"}).code, 0);
    const std::string before = content_of(here() / "run/model.safetensors");
    const Answer refused = train({"--epochs", "1", "--out", "run", "--seed", "9"});
    EXPECT_EQ(refused.code, 2) << refused.err;
    EXPECT_NE(refused.err.find("--force"), std::string::npos) << refused.err;
    EXPECT_EQ(content_of(here() / "run/model.safetensors"), before);
    EXPECT_EQ(train({"--epochs", "1", "--out", "run", "--seed", "9", "--force"}).code, 0);
    EXPECT_NE(content_of(here() / "run/model.safetensors"), before);
}

TEST_F(TrainCommand, ResumeSaysWhichSettingsDiffer) {
    ASSERT_EQ(train({"--epochs", "1", "--out", "run"}).code, 0);
    const Answer answer = run({"--resume", "run", "--lr", "0.5", "--epochs", "2", "--data", "data"});
    EXPECT_EQ(answer.code, 4) << answer.err;
    EXPECT_NE(answer.err.find("0.001"), std::string::npos) << answer.err;
    EXPECT_NE(answer.err.find("0.5"), std::string::npos) << answer.err;
}

TEST_F(TrainCommand, AnAbsurdLearningRateEndsWithSixAndNamesTheStep) {
    const Answer answer = train({"--epochs", "5", "--out", "run", "--lr", "1e30"});
    EXPECT_EQ(answer.code, 6) << answer.err;
    EXPECT_NE(answer.err.find("step "), std::string::npos) << answer.err;
    EXPECT_NE(answer.err.find("epoch 1"), std::string::npos) << answer.err;
    EXPECT_EQ(answer.err.find("-nan"), std::string::npos) << answer.err;
    EXPECT_FALSE(fs::exists(here() / "run/model.safetensors"));
}

TEST_F(TrainCommand, LogsWhatWentByBeforeTheFirstStep) {
    const Answer answer = train({"--epochs", "1", "--out", "run"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    std::ifstream lines(here() / "run/metrics.jsonl");
    std::string line;
    std::getline(lines, line);
    const auto start = nlohmann::json::parse(line);
    EXPECT_EQ(start.at("event"), "start");
    EXPECT_EQ(start.at("engine"), "cpu");
    EXPECT_GE(start.at("engine_seconds").get<double>(), 0);
    EXPECT_GE(start.at("process_seconds").get<double>() + 0.02, start.at("engine_seconds").get<double>());
    EXPECT_LT(start.at("process_seconds").get<double>(), 60);
}

TEST_F(TrainCommand, EarlyStopKeepsTheBestModel) {
    const Answer answer = train({"--epochs", "200", "--out", "run", "--lr", "0.3", "--early-stop", "2"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_NE(answer.err.find("no better val_loss in 2 epochs"), std::string::npos) << answer.err;
    const Answer eval = run({"eval", "run", "--data", "data", "--json", "--engine", "cpu", "--threads", "1"});
    ASSERT_EQ(eval.code, 0) << eval.err;
    double best = 1e9;
    std::ifstream lines(here() / "run/metrics.jsonl");
    for (std::string line; std::getline(lines, line);) {
        const auto event = nlohmann::json::parse(line);
        if (event.at("event") == "epoch") best = std::min(best, event.at("val_loss").get<double>());
    }
    EXPECT_NEAR(nlohmann::json::parse(eval.out).at("bce").get<double>(), best, 1e-6);
}

TEST_F(TrainCommand, ConfigurationFileIsReadAndTheCommandLineWins) {
    put(here() / "ae.toml", "epochs = 2\nbatch-size = 50\nlr = 0.01\n");
    const Answer answer = train({"--config", "ae.toml", "--out", "run", "--epochs", "1"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto config = nlohmann::json::parse(content_of(here() / "run/config.json"));
    EXPECT_EQ(config.at("lr"), 0.01) << config.dump();
    EXPECT_NE(answer.err.find("epoch  1/1"), std::string::npos) << answer.err;
    put(here() / "bad.toml", "epohcs = 2\n");
    const Answer bad = train({"--config", "bad.toml"});
    EXPECT_EQ(bad.code, 2) << bad.err;
    EXPECT_NE(bad.err.find("epohcs"), std::string::npos) << bad.err;
}

TEST_F(TrainCommand, APresetSetsWhatIsNotGivenBesideIt) {
    const Answer answer = train({"--preset", "best", "--epochs", "1", "--lr", "0.002", "--out", "run"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const auto config = nlohmann::json::parse(content_of(here() / "run/config.json"));
    EXPECT_EQ(config.at("code-activation"), "linear");
    EXPECT_EQ(config.at("lr"), 0.002);
    const Answer resumed = run({"--resume", "run", "--epochs", "2"});
    EXPECT_EQ(resumed.code, 0) << resumed.err;
}

TEST_F(TrainCommand, NoiseAndAFallingLearningRateAreResumedBitForBit) {
    const auto arguments = [](const std::string& out) {
        return std::vector<std::string>{"--data",
                                        "data",
                                        "--layers",
                                        "64-16-64",
                                        "--batch-size",
                                        "1",
                                        "--engine",
                                        "cpu",
                                        "--noise",
                                        "gaussian:0..0.5",
                                        "--schedule",
                                        "cosine",
                                        "--threads",
                                        "1",
                                        "--epochs",
                                        "4",
                                        "--out",
                                        out,
                                        "--checkpoint-every",
                                        "7s"};
    };
    ASSERT_EQ(run(arguments("straight")).code, 0);
    Program program(arguments("killed"), here());
    while (!fs::exists(here() / "killed/checkpoint.safetensors")) std::this_thread::sleep_for(1ms);
    program.kill(SIGKILL);
    program.wait();
    EXPECT_EQ(run({"--resume", "killed", "--epochs", "9"}).code, 4) << "the end of the schedule was moved";
    const Answer resumed = run({"--resume", "killed", "--epochs", "4"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(weights("straight"), weights("killed"));
}

TEST_F(TrainCommand, TwoRunsCannotShareAFolder) {
    Program first({"--data", "data", "--layers", "64-16-64", "--engine", "cpu", "--threads", "1", "--epochs", "1000000",
                   "--out", "run"},
                  here());
    while (first.error_text().find("epoch ") == std::string::npos) std::this_thread::sleep_for(1ms);
    const Answer second = train({"--out", "run", "--force"});
    EXPECT_EQ(second.code, 8) << second.err;
    EXPECT_NE(second.err.find("another"), std::string::npos) << second.err;
}

struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string says;
};

class BadUse : public testing::TestWithParam<Bad> {};

void PrintTo(const Bad& bad, std::ostream* out) {
    for (const std::string& argument : bad.arguments) *out << argument << ' ';
}

TEST_P(BadUse, IsOneClearLineAndAnExitCode) {
    const TemporaryFolder folder;
    write_idx_folder(folder.path() / "data", 30, 10, 8);
    const Answer answer = run_program(GetParam().arguments, folder.path());
    EXPECT_EQ(answer.code, GetParam().code) << answer.err;
    EXPECT_NE(answer.err.find(GetParam().says), std::string::npos) << answer.err;
    EXPECT_TRUE(answer.err.starts_with("ae_cuda: ")) << answer.err;
    EXPECT_EQ(std::count(answer.err.begin(), answer.err.end(), '\n'), 1) << answer.err;
    EXPECT_EQ(answer.out, "");
    for (const auto& entry : fs::directory_iterator(folder.path()))
        EXPECT_TRUE(entry.path().filename() == "data" || entry.is_regular_file()) << entry.path() << " was not removed";
}

INSTANTIATE_TEST_SUITE_P(
    Options, BadUse,
    testing::Values(
        Bad{{"--epohcs", "3"}, 2, "did you mean --epochs?"}, Bad{{"--epochs", "0"}, 2, "--epochs"},
        Bad{{"--epochs", "many"}, 2, "--epochs"}, Bad{{"--batch-size", "0"}, 2, "--batch-size"},
        Bad{{"--batch-size", "-3"}, 2, "--batch-size"}, Bad{{"--lr", "0"}, 2, "--lr"}, Bad{{"--lr", "nan"}, 2, "--lr"},
        Bad{{"--lr", "-1"}, 2, "--lr"}, Bad{{"--engine", "tpu"}, 2, "--engine"},
        Bad{{"--preset", "worst"}, 2, "--preset"}, Bad{{"--noise", "snow:1"}, 2, "noise"},
        Bad{{"--layers", "784"}, 2, "layers"}, Bad{{"--layers", "784-x-784"}, 2, "layers"},
        Bad{{"--layers", "784-0-784"}, 2, "layers"}, Bad{{"--layers", "784-64-783"}, 2, "layers"},
        Bad{{"--checkpoint-every", "2m"}, 2, "--checkpoint-every"},
        Bad{{"--profile-steps", "5:5"}, 2, "--profile-steps"}, Bad{{"frobnicate"}, 2, "frobnicate"},
        Bad{{"eval"}, 2, "MODEL"}, Bad{{"--config", "absent.toml"}, 2, "absent.toml"},
        Bad{{"eval", "absent"}, 4, "absent"}, Bad{{"--resume", "absent"}, 2, "absent"},
        Bad{{"--quiet", "--data", "absent"}, 3, "absent"},
        Bad{{"--quiet", "--data", "data", "--layers", "64-8-63"}, 2, "the output has 63"},
        Bad{{"--quiet", "--data", "data", "--layers", "64-8-64", "--batch-size", "31"}, 2, "1…30"},
        Bad{{"--quiet", "--data", "data", "--layers", "64-8-64", "--batch-size", "30", "--out", "/proc/none"},
            8,
            "/proc/none"}));

TEST(Help, EveryCommandHasOneWithAnExample) {
    const TemporaryFolder folder;
    for (const char* command : {"train", "eval", "reconstruct", "denoise", "encode", "decode", "compress", "decompress",
                                "rd", "bench", "info"}) {
        const Answer help = run_program({command, "--help"}, folder.path());
        EXPECT_EQ(help.code, 0) << command;
        EXPECT_NE(help.out.find("Example"), std::string::npos) << help.out;
        EXPECT_NE(help.out.find(std::string("ae_cuda ") + command), std::string::npos) << help.out;
        EXPECT_EQ(help.err, "");
        const Answer version = run_program({command, "--version"}, folder.path());
        EXPECT_EQ(version.code, 0);
        EXPECT_TRUE(version.out.starts_with("ae_cuda ")) << version.out;
    }
    EXPECT_NE(run_program({}, folder.path()).out.find("ae_cuda --epochs 10"), std::string::npos);
}

}  // namespace
}  // namespace ae::train_command_test
