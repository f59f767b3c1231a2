// A training whose log cannot be written, and what signals make of it: it never costs the checkpoint.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <array>
#include <thread>

#include "program.h"
#include "sanitized.h"

namespace ae::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Log : public testing::Test {
protected:
    void SetUp() override { write_idx_folder(here() / "data", 300, 40, 8); }

    fs::path here() const { return folder_.path(); }

    static std::vector<std::string> training(const std::string& epochs) {
        return {"--data", "data",      "--layers", "64-16-64", "--batch-size", "32",    "--engine",
                "cpu",    "--threads", "1",        "--epochs", epochs,         "--out", "run"};
    }

    bool has(const std::string& name) const { return fs::exists(here() / "run" / name); }

    /// A long training, well under way, with stderr and signals as `prepare` leaves them.
    Program begun(const std::function<void()>& prepare) const {
        return Program(training("1000000"), here(), {}, prepare);
    }

    /// Waits until epochs are in the table; false where they never come.
    bool is_under_way() const {
        for (int i = 0; i < 2000; ++i, std::this_thread::sleep_for(5ms))
            if (has("metrics.csv") && fs::file_size(here() / "run/metrics.csv") > 1000) return true;
        return false;
    }

    TemporaryFolder folder_;
};

void put_stderr_on_full() {
    dup2(open("/dev/full", O_WRONLY), STDERR_FILENO);
}

/// A pipe as stderr, already full, whose reading end stays open and is never read.
void put_stderr_on_full_pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) _exit(99);
    dup2(ends[1], STDERR_FILENO), close(ends[1]);
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    while (::write(STDERR_FILENO, "xxxxxxxx", 8) > 0) {
    }
    fcntl(STDERR_FILENO, F_SETFL, 0);
}

void put_stderr_on_broken_pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) _exit(99);
    dup2(ends[1], STDERR_FILENO), close(ends[1]), close(ends[0]);
}

TEST_F(Log, ThatCannotBeWrittenDoesNoHarm) {
    const std::vector<std::function<void()>> ways{
        put_stderr_on_full, put_stderr_on_broken_pipe, put_stderr_on_full_pipe, [] { close(STDERR_FILENO); },
        [] { close(STDIN_FILENO), close(STDOUT_FILENO), close(STDERR_FILENO); }};
    for (std::size_t i = 0; i < ways.size(); ++i) {
        fs::remove_all(here() / "run");
        EXPECT_EQ(run_program(training("3"), here(), {}, ways[i]).code, 0) << i;
        EXPECT_TRUE(has("model.safetensors") && has("checkpoint.safetensors")) << i;
        const std::string events = content_of(here() / "run/metrics.jsonl");
        EXPECT_EQ(events.find("epoch  "), std::string::npos) << "messages came into a file: " << events;
    }
}

TEST_F(Log, AnErrorKeepsItsCodeWhereItCannotBeSaid) {
    EXPECT_EQ(run_program({"eval", "nothing"}, here(), {}, put_stderr_on_full).code, 4);
    EXPECT_EQ(run_program({"--epochs", "0"}, here(), {}, [] { close(STDERR_FILENO); }).code, 2);
    EXPECT_EQ(run_program({"info"}, here(), {}, [] { close(STDOUT_FILENO), close(STDERR_FILENO); }).code, 8);
    EXPECT_EQ(run_program({"info"}, here(), {}, [] { dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO); }).code, 8);
}

TEST_F(Log, AReaderOfResultsWhoLeavesHearsNothingOfIt) {
    const Answer answer = run_program({"train", "--help"}, here(), {}, [] {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0) _exit(99);
        dup2(ends[1], STDOUT_FILENO), close(ends[1]), close(ends[0]);
    });
    EXPECT_EQ(answer.code, 141);
    EXPECT_EQ(answer.err, "");
}

struct Stop {
    const char* name;
    int signal, code;
    std::function<void()> prepare;
};

TEST_F(Log, EverySignalThatEndsARunLeavesACheckpoint) {
    const std::vector<Stop> stops{{"hang-up", SIGHUP, 129, {}},
                                  {"Ctrl-C", SIGINT, 130, {}},
                                  {"time limit", SIGXCPU, 128 + SIGXCPU, {}},
                                  {"batch system", SIGUSR1, 128 + SIGUSR1, {}},
                                  {"while nobody reads", SIGTERM, 143, put_stderr_on_full_pipe},
                                  {"Ctrl-C while nobody reads", SIGINT, 130, put_stderr_on_full_pipe},
                                  {"a job of a script", SIGINT, 130, [] {
                                       std::signal(SIGINT, SIG_IGN);
                                       std::signal(SIGQUIT, SIG_IGN);
                                   }}};
    for (const Stop& stop : stops) {
        fs::remove_all(here() / "run");
        Program program = begun(stop.prepare);
        ASSERT_TRUE(is_under_way()) << stop.name << program.error_text();
        program.kill(stop.signal);
        EXPECT_EQ(program.wait().code, stop.code) << stop.name;
        EXPECT_TRUE(has("checkpoint.safetensors")) << stop.name;
    }
}

TEST_F(Log, AHangUpThatComesTwiceIsOne) {
    Program program = begun({});
    ASSERT_TRUE(is_under_way());
    for (int i = 0; i < 20; ++i) program.kill(SIGHUP);
    EXPECT_EQ(program.wait().code, 129);
    EXPECT_TRUE(has("checkpoint.safetensors"));
}

TEST_F(Log, WhatWasIgnoredAtTheStartStaysIgnored) {
    Program program = begun([] {
        std::signal(SIGHUP, SIG_IGN);  // nohup
        std::signal(SIGINT, SIG_IGN);
    });
    ASSERT_TRUE(is_under_way());
    program.kill(SIGHUP), program.kill(SIGINT);
    std::this_thread::sleep_for(300ms);
    const auto before = fs::file_size(here() / "run/metrics.csv");
    std::this_thread::sleep_for(500ms);
    EXPECT_GT(fs::file_size(here() / "run/metrics.csv"), before) << "it goes on";
    program.kill(SIGTERM);
    EXPECT_EQ(program.wait().code, 143);
}

TEST_F(Log, OutOfMemoryNamesWhatIsTooLarge) {
    if (kIsSanitized) GTEST_SKIP() << "AddressSanitizer needs more address space than the limit leaves";
    std::vector<std::string> wide = training("1");
    wide[3] = "64-20000-20000-64";
    const auto limit = [] {
        const rlimit most{3'000'000'000, 3'000'000'000};
        setrlimit(RLIMIT_AS, &most);
    };
    const Answer answer = run_program(wide, here(), {"OPENBLAS_NUM_THREADS=1"}, limit);
    EXPECT_EQ(answer.code, 5) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("64-20000-20000-64 needs 6.4 GB for its"));
    EXPECT_THAT(answer.err, HasSubstr("a smaller network needs less"));
    wide[3] = "64-65536-65536-64";
    EXPECT_THAT(run_program(wide, here()).err, HasSubstr("up to 2147483647 can be trained"));
}

}  // namespace
}  // namespace ae::test
