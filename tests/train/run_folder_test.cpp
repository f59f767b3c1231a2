#include "train/run_folder.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <optional>

#include "ae/error.h"
#include "failing_calls.h"
#include "temporary_folder.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using test::message_of;
using test::put;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

/// A process that holds the lock of a run folder until it is told to end, or killed.
class OtherRun {
public:
    explicit OtherRun(const fs::path& path) {
        int ready[2];
        if (pipe(ready) != 0) throw std::runtime_error("pipe");
        pid_ = fork();
        if (pid_ == 0) hold(path, ready[1]);
        char byte = 0;
        if (read(ready[0], &byte, 1) != 1) throw std::runtime_error("the other run did not start");
        close(ready[0]), close(ready[1]);
    }
    ~OtherRun() { stop(); }
    OtherRun(const OtherRun&) = delete;
    OtherRun& operator=(const OtherRun&) = delete;

    pid_t pid() const { return pid_; }
    void stop() {
        if (pid_ > 0) kill(pid_, SIGKILL), waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    [[noreturn]] static void hold(const fs::path& path, int ready) {
        const RunFolder folder(path, EarlierRun::refuse);
        (void)!write(ready, "x", 1);
        for (;;) pause();
    }

    pid_t pid_ = 0;
};

std::string refusal(const fs::path& path, EarlierRun earlier) {
    return message_of<UsageError>([&] { RunFolder(path, earlier); });
}

TEST(RunFolder, IsCreatedAndNamesItsFiles) {
    const TemporaryFolder parent;
    const fs::path path = parent / "a/b";
    const RunFolder folder(path, EarlierRun::refuse);
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_EQ(folder.path(), path);
    EXPECT_EQ(folder.model(), path / "model.safetensors");
    EXPECT_EQ(folder.checkpoint(), path / "checkpoint.safetensors");
    EXPECT_EQ(folder.metrics_csv(), path / "metrics.csv");
    EXPECT_EQ(folder.metrics_jsonl(), path / "metrics.jsonl");
    EXPECT_EQ(folder.config(), path / "config.json");
    EXPECT_EQ(folder.picture(), path / "reconstructions.png");
}

TEST(RunFolder, RefusesEveryFileOfAnotherRun) {
    for (const char* name : {"model.safetensors", "checkpoint.safetensors", "metrics.csv", "metrics.jsonl",
                             "config.json", "reconstructions.png"}) {
        const TemporaryFolder folder;
        put(folder / name, "");
        EXPECT_THAT(refusal(folder.path(), EarlierRun::refuse), AllOf(HasSubstr("holds another run"), HasSubstr(name),
                                                                      HasSubstr("--resume"), HasSubstr("--force")));
        EXPECT_TRUE(fs::exists(folder / name));
    }
}

TEST(RunFolder, TakesAFolderWithOtherThingsAndLeavesThemAlone) {
    const TemporaryFolder folder;
    put(folder / "notes.txt", "mine");
    for (const EarlierRun earlier : {EarlierRun::refuse, EarlierRun::replace}) RunFolder(folder.path(), earlier);
    EXPECT_EQ(test::content_of(folder / "notes.txt"), "mine");
}

const std::string kOldTensors("\2\0\0\0\0\0\0\0{}", 10), kOldTable = "epoch,loss,val_loss\n1,2,3\n",
                                                         kOldEvents = "{\"event\":\"start\"}\n",
                                                         kOldConfig = "{\n  \"version\": \"0.1.0\"\n}\n";

void put_old_run(const TemporaryFolder& folder) {
    for (const char* name : {"checkpoint.safetensors", "model.safetensors"}) put(folder / name, kOldTensors);
    put(folder / "metrics.csv", kOldTable);
    put(folder / "metrics.jsonl", kOldEvents);
    put(folder / "config.json", kOldConfig);
}

void expect_old_run(const TemporaryFolder& folder) {
    for (const char* name : {"checkpoint.safetensors", "model.safetensors"})
        EXPECT_EQ(test::content_of(folder / name), kOldTensors) << name;
    EXPECT_EQ(test::content_of(folder / "metrics.csv"), kOldTable);
    EXPECT_EQ(test::content_of(folder / "metrics.jsonl"), kOldEvents);
    EXPECT_EQ(test::content_of(folder / "config.json"), kOldConfig);
}

TEST(RunFolder, ARunThatIsReplacedStaysUntilTheNewOneHasACheckpoint) {
    const TemporaryFolder folder;
    put_old_run(folder);
    {
        const RunFolder run(folder.path(), EarlierRun::replace);
        EXPECT_TRUE(run.replaces());
        EXPECT_FALSE(fs::exists(folder / "metrics.csv")) << "the new run would add to it";
        put(folder / "metrics.csv", "of the new run");
    }
    expect_old_run(folder);
    {
        RunFolder run(folder.path(), EarlierRun::replace);
        put(folder / "checkpoint.safetensors", "new");
        put(folder / "metrics.csv", "new");
        run.has_checkpoint();
        EXPECT_FALSE(run.replaces());
    }
    EXPECT_EQ(test::content_of(folder / "checkpoint.safetensors"), "new");
    EXPECT_EQ(test::content_of(folder / "metrics.csv"), "new");
    EXPECT_EQ(test::files_in(folder.path()), 3u);  // and the lock
}

TEST(RunFolder, ARunThatWasToBeReplacedSurvivesAKill) {
    const TemporaryFolder folder;
    put_old_run(folder);
    const pid_t child = fork();
    if (child == 0) {
        const RunFolder run(folder.path(), EarlierRun::replace);
        put(folder / "metrics.csv", "of the new run");
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    RunFolder(folder.path(), EarlierRun::continue_);
    expect_old_run(folder);
}

TEST(RunFolder, WhatNoRunHasMadeIsNotReplaced) {
    for (const char* name : {"model.safetensors", "checkpoint.safetensors", "metrics.csv", "metrics.jsonl",
                             "config.json", "reconstructions.png"}) {
        const TemporaryFolder folder;
        put(folder / name, "mine");
        EXPECT_THAT(refusal(folder.path(), EarlierRun::replace), AllOf(HasSubstr(name), HasSubstr("no run has left")));
        EXPECT_EQ(test::content_of(folder / name), "mine");
    }
}

TEST(RunFolder, TheLatestRunIsTheOneWithTheLatestCheckpoint) {
    const TemporaryFolder folder;
    EXPECT_EQ(latest_run(folder / "absent"), "");
    for (const char* name : {"z", "m", "a", "zz"}) fs::create_directory(folder / name);
    EXPECT_EQ(latest_run(folder.path()), "");
    for (const char* name : {"z", "m", "a"}) put(folder / name / "checkpoint.safetensors", "");
    const auto now = fs::file_time_type::clock::now();
    fs::last_write_time(folder / "z" / "checkpoint.safetensors", now - std::chrono::hours(1));
    fs::last_write_time(folder / "a" / "checkpoint.safetensors", now - std::chrono::hours(2));
    EXPECT_EQ(latest_run(folder.path()), folder / "m");
}

TEST(RunFolder, ContinueNeedsACheckpointAndKeepsEverything) {
    const TemporaryFolder folder;
    EXPECT_THAT(refusal(folder / "missing", EarlierRun::continue_), HasSubstr("nothing to resume"));
    EXPECT_FALSE(fs::exists(folder / "missing"));
    put(folder / "metrics.csv", "old");
    EXPECT_THAT(refusal(folder.path(), EarlierRun::continue_), HasSubstr("holds no checkpoint.safetensors"));
    put(folder / "checkpoint.safetensors", "old");
    EXPECT_EQ(refusal(folder.path(), EarlierRun::continue_), "");
    EXPECT_TRUE(fs::exists(folder / "checkpoint.safetensors"));
    EXPECT_TRUE(fs::exists(folder / "metrics.csv"));
}

TEST(RunFolder, ASecondRunIsRefusedAndTheFirstIsNamed) {
    const TemporaryFolder folder;
    const OtherRun other(folder.path());
    put(folder / "checkpoint.safetensors", "of the other run");
    for (const EarlierRun earlier : {EarlierRun::refuse, EarlierRun::replace, EarlierRun::continue_})
        EXPECT_THAT(message_of<OutputError>([&] { RunFolder(folder.path(), earlier); }),
                    HasSubstr("process " + std::to_string(other.pid()) + " is training into this folder"));
    EXPECT_TRUE(fs::exists(folder / "checkpoint.safetensors"));
}

TEST(RunFolder, TheLockOfAKilledRunIsStale) {
    const TemporaryFolder folder;
    OtherRun other(folder.path());
    other.stop();
    EXPECT_TRUE(fs::exists(folder / ".lock"));
    EXPECT_NO_THROW(RunFolder(folder.path(), EarlierRun::refuse));
}

TEST(RunFolder, TheLockEndsWithTheObjectAndMovesWithIt) {
    const TemporaryFolder folder;
    std::optional<RunFolder> first(RunFolder(folder.path(), EarlierRun::refuse));
    const auto again = [&] { RunFolder(folder.path(), EarlierRun::refuse); };
    EXPECT_THAT(message_of<OutputError>(again), HasSubstr("process " + std::to_string(getpid())));
    first.reset();
    EXPECT_NO_THROW(again());
}

TEST(RunFolder, RemovesWhatKilledWritersLeft) {
    const TemporaryFolder folder;
    OtherRun other(folder.path());
    const fs::path leftover = folder / ".model.safetensors.ae_cuda-part.0";
    put(leftover, "half");
    other.stop();
    RunFolder(folder.path(), EarlierRun::refuse);
    EXPECT_FALSE(fs::exists(leftover));
}

TEST(RunFolder, NamedByTimeAvoidsWhatIsThere) {
    const TemporaryFolder folder;
    const fs::path parent = folder / "runs";
    const RunFolder first = RunFolder::named_by_time(parent, 1'000'000'000);
    const RunFolder second = RunFolder::named_by_time(parent, 1'000'000'000);
    EXPECT_THAT(first.path().filename().string(), MatchesRegex("2001-09-0[89]_..-..-40"));
    EXPECT_EQ(second.path(), first.path().string() + "-2");
}

TEST(RunFolder, SaysWhyItCannotBeCreated) {
    const TemporaryFolder folder;
    put(folder / "file", "");
    const auto message = [](auto call) { return message_of<OutputError>(call); };
    EXPECT_THAT(message([&] { RunFolder(folder / "file", EarlierRun::refuse); }),
                HasSubstr("file: cannot create the run folder: Not a directory"));
    EXPECT_THAT(message([&] { RunFolder(folder / "file/below", EarlierRun::refuse); }), HasSubstr("Not a directory"));
    EXPECT_THAT(message([&] { RunFolder::named_by_time(folder / "file"); }), HasSubstr("Not a directory"));
    fs::create_directory(folder / "run");
    fs::create_directory(folder / "run/.lock");
    EXPECT_THAT(message([&] { RunFolder(folder / "run", EarlierRun::refuse); }), HasSubstr("cannot open the lock"));
}

TEST(RunFolder, AnyFailingCallIsAnErrorOrHarmless) {
    const TemporaryFolder folder;
    const int thrown = test::with_every_call_failing<OutputError>(
        EIO, [&] { put_old_run(folder); }, [&] { RunFolder(folder.path(), EarlierRun::replace); },
        [&](const std::string& what) {
            if (!what.empty()) {
                EXPECT_THAT(what, HasSubstr("Input/output error"));
            }
            RunFolder(folder.path(), EarlierRun::continue_);  // puts back what a failed call left aside
            expect_old_run(folder);
        });
    EXPECT_GE(thrown, 2 * 5);  // open, flock, ftruncate, write, rename
}

}  // namespace
}  // namespace ae
