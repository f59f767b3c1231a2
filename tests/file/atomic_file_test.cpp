#include "file/atomic_file.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <random>
#include <set>
#include <thread>

#include "failing_calls.h"
#include "temporary_folder.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using test::content_of;
using test::message_of;
using test::put;
using test::TemporaryFolder;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

const std::string kOld = "what was there before", kNew(100'000, 'n');

/// What a child process answers with its exit status.
template <typename Body>
bool holds_in_child(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body() ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(WriteFile, CreatesAndReplacesAndLeavesNothingElse) {
    const TemporaryFolder folder;
    for (const std::string& bytes : {kOld, kNew, std::string(), std::string("\0x", 2)}) {
        write_file(folder / "file", bytes);
        EXPECT_EQ(content_of(folder / "file"), bytes);
    }
    EXPECT_EQ(test::files_in(folder.path()), 1u);
}

TEST(WriteFile, WritesIntoTheCurrentFolder) {
    const TemporaryFolder folder;
    const fs::path before = fs::current_path();
    fs::current_path(folder.path());
    write_file("file", kNew);
    fs::current_path(before);
    EXPECT_EQ(content_of(folder / "file"), kNew);
}

TEST(WriteFile, AnyFailingCallLeavesTheOldFileOrTheNew) {
    const TemporaryFolder folder;
    const fs::path path = folder / "file";
    const int thrown = test::with_every_call_failing<OutputError>(
        EIO, [&] { put(path, kOld); }, [&] { write_file(path, kNew); },
        [&](const std::string& what) {
            EXPECT_THAT(content_of(path), what.empty() ? AnyOf(kNew, kNew) : AnyOf(kOld, kNew));
            if (!what.empty()) {
                EXPECT_THAT(what, AllOf(HasSubstr(path.string()), HasSubstr("Input/output error")));
            }
            remove_leftovers(folder.path());
            EXPECT_EQ(test::files_in(folder.path()), 1u);
        });
    EXPECT_GE(thrown, 2 * 6);  // open, write, fsync, close, rename, the folder's open and fsync
}

TEST(WriteFile, FailureBeforeTheRenameLeavesTheOldFile) {
    const TemporaryFolder folder;
    put(folder / "file", kOld);
    const int first = 9;  // after a look for leftovers of up to eight writers
    for (const int call : {first, first + 2, first + 3, first + 4, first + 5}) {  // open, write, fsync, close, rename
        const test::FailingCalls faults(call, ENOSPC, false);
        EXPECT_THROW(write_file(folder / "file", kNew), OutputError) << call;
        EXPECT_EQ(content_of(folder / "file"), kOld) << call;
        EXPECT_EQ(test::files_in(folder.path()), 1u) << call;
    }
}

TEST(WriteFile, GoesOnAfterShortWritesAndInterruptions) {
    const TemporaryFolder folder;
    test::FailingCalls::longest_write() = 999;
    {
        const test::FailingCalls faults(11, EINTR, false);  // the first write
        write_file(folder / "file", kNew);
    }
    test::FailingCalls::longest_write() = static_cast<std::size_t>(-1);
    EXPECT_EQ(content_of(folder / "file"), kNew);
}

TEST(WriteFile, AFileSizeLimitLeavesTheOldFile) {
    const TemporaryFolder folder;
    put(folder / "file", kOld);
    EXPECT_TRUE(holds_in_child([&] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{50'000, 50'000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const std::string what = message_of<OutputError>([&] { write_file(folder / "file", kNew); });
        return what.find("File too large; free some space") != std::string::npos;
    }));
    EXPECT_EQ(content_of(folder / "file"), kOld);
    EXPECT_EQ(test::files_in(folder.path()), 1u);
}

TEST(WriteFile, AFullDiskLeavesTheOldFile) {
    const TemporaryFolder folder;
    if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
        GTEST_SKIP() << "cannot mount a small tmpfs";
    put(folder / "file", kOld);
    const std::string what = message_of<OutputError>([&] { write_file(folder / "file", kNew); });
    const std::string after = content_of(folder / "file");
    const std::size_t files = test::files_in(folder.path());
    umount(folder.path().c_str());
    EXPECT_THAT(what, HasSubstr("No space left on device; free some space"));
    EXPECT_EQ(after, kOld);
    EXPECT_EQ(files, 1u);
}

TEST(WriteFile, AFolderWithoutPermissionSaysSo) {
    const TemporaryFolder folder;
    put(folder / "file", kOld);
    chmod(folder.path().c_str(), 0555);
    EXPECT_TRUE(holds_in_child([&] {
        if (getuid() == 0 && setuid(65534) != 0) return false;
        const std::string what = message_of<OutputError>([&] { write_file(folder / "file", kNew); });
        return what.find("Permission denied; choose a place that you may write to") != std::string::npos;
    }));
    chmod(folder.path().c_str(), 0755);
    EXPECT_EQ(content_of(folder / "file"), kOld);
}

TEST(WriteFile, SaysWhatIsWrongWithAPath) {
    const TemporaryFolder folder;
    put(folder / "file", kOld);
    const auto message = [&](const std::string& name) {
        return message_of<OutputError>([&] { write_file(folder / name, kNew); });
    };
    EXPECT_THAT(message("file/below"), HasSubstr("Not a directory; choose another path"));
    EXPECT_THAT(message("missing/file"), HasSubstr("No such file or directory; create the folder first"));
    EXPECT_THAT(message("."), HasSubstr("Is a directory"));
    EXPECT_THAT(message(std::string(256, 'x')), HasSubstr("File name too long; choose a shorter name"));
    fs::create_symlink("loop", folder / "loop");
    EXPECT_THAT(message("loop"), HasSubstr("symbolic links; choose another path"));
    EXPECT_TRUE(fs::is_symlink(folder / "loop"));
}

TEST(WriteFile, FollowsALinkAndKeepsIt) {
    const TemporaryFolder folder;
    fs::create_directory(folder / "elsewhere");
    put(folder / "elsewhere/file", kOld);
    fs::create_symlink("elsewhere/file", folder / "link");
    write_file(folder / "link", kNew);
    EXPECT_TRUE(fs::is_symlink(folder / "link"));
    EXPECT_EQ(content_of(folder / "elsewhere/file"), kNew);
}

TEST(WriteFile, WritesThroughAPipe) {
    const TemporaryFolder folder;
    ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
    std::string read;
    std::thread reader([&] { read = content_of(folder / "pipe"); });
    write_file(folder / "pipe", kNew);
    reader.join();
    EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
    EXPECT_EQ(read, kNew);
}

TEST(WriteFile, ANameOfAnyLengthThatTheFileSystemTakes) {
    const TemporaryFolder folder;
    std::string umlauts;
    while (umlauts.size() + 2 <= 254) umlauts += "ä";
    for (const std::string& name : {std::string(255, 'x'), "a" + umlauts, std::string("x")}) {
        write_file(folder / name, kNew);
        EXPECT_EQ(content_of(folder / name), kNew);
    }
    EXPECT_EQ(test::files_in(folder.path()), 3u);
}

TEST(WriteFile, AReplacedFileKeepsItsMode) {
    const TemporaryFolder folder;
    for (const mode_t mode : {0600u, 0640u, 0664u, 0400u}) {
        put(folder / "file", kOld);
        chmod((folder / "file").c_str(), mode);
        write_file(folder / "file", kNew);
        struct stat status {};
        stat((folder / "file").c_str(), &status);
        EXPECT_EQ(status.st_mode & 07777, mode);
        fs::remove(folder / "file");
    }
}

TEST(WriteFile, MakesTheFileThatADanglingLinkNames) {
    const TemporaryFolder folder;
    fs::create_directory(folder / "elsewhere");
    fs::create_symlink("elsewhere/second", folder / "first");
    fs::create_symlink("file", folder / "elsewhere/second");
    write_file(folder / "first", kNew);
    EXPECT_TRUE(fs::is_symlink(folder / "first"));
    EXPECT_TRUE(fs::is_symlink(folder / "elsewhere/second"));
    EXPECT_EQ(content_of(folder / "elsewhere/file"), kNew);
}

TEST(WriteFile, RemovesWhatKilledWritersOfTheSameFileLeft) {
    const TemporaryFolder folder;
    for (const char i : {'0', '1', '5'}) put(folder / (std::string(".file.ae_cuda-part.") + i), "half");
    write_file(folder / "file", kNew);
    EXPECT_EQ(test::files_in(folder.path()), 1u);
}

/// A writer that lives, on this machine or another: all that is seen of it is its lock.
TEST(WriteFile, LeavesTheUnfinishedFileOfALivingWriterAlone) {
    const TemporaryFolder folder;
    put(folder / ".file.ae_cuda-part.0", "half");
    const FileDescriptor writer(::open((folder / ".file.ae_cuda-part.0").c_str(), O_RDWR));
    ASSERT_EQ(flock(writer.get(), LOCK_EX | LOCK_NB), 0);
    write_file(folder / "file", kNew);
    remove_leftovers(folder.path());
    EXPECT_EQ(content_of(folder / ".file.ae_cuda-part.0"), "half");
    EXPECT_EQ(content_of(folder / "file"), kNew);
    EXPECT_EQ(test::files_in(folder.path()), 2u);
}

TEST(WriteFile, ManyWritersOfOneFileDoNotHinderOneAnother) {
    const TemporaryFolder folder;
    std::vector<std::thread> writers;
    for (char letter = 'a'; letter < 'e'; ++letter)
        writers.emplace_back([&, letter] {
            for (int i = 0; i < 50; ++i) write_file(folder / "file", std::string(10'000, letter));
        });
    for (std::thread& writer : writers) writer.join();
    const std::string bytes = content_of(folder / "file");
    EXPECT_EQ(bytes, std::string(10'000, bytes[0]));
    EXPECT_EQ(test::files_in(folder.path()), 1u);
}

TEST(RemoveLeftovers, TakesOnlyItsOwn) {
    const TemporaryFolder folder;
    const std::vector<std::string> kept{".a.tmp.1",
                                        ".a.ae_cuda-part.",
                                        ".a.ae_cuda-part.x",
                                        ".a.ae_cuda-part.1x",
                                        "a.ae_cuda-part.0",
                                        ".ae_cuda-part.0",
                                        "a"};
    for (const std::string& name : kept) put(folder / name, "");
    fs::create_directory(folder / ".c.ae_cuda-part.0");
    put(folder / ".a.safetensors.ae_cuda-part.0", "");
    put(folder / ".b.ae_cuda-part.7", "");
    remove_leftovers(folder.path());
    for (const std::string& name : kept) EXPECT_TRUE(fs::exists(folder / name)) << name;
    EXPECT_EQ(test::files_in(folder.path()), kept.size() + 1);
}

TEST(RemoveLeftovers, AMissingFolderHasNone) {
    const TemporaryFolder folder;
    EXPECT_NO_THROW(remove_leftovers(folder / "missing"));
}

[[noreturn]] void write_for_ever(const fs::path& path) {
    for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1))
        write_file(path, std::string(200'000 + static_cast<std::size_t>(letter), letter));
}

TEST(WriteFile, KilledAtRandomMomentsTheFileIsWhole) {
    const TemporaryFolder folder(test::memory_or_disk());
    const fs::path path = folder / "file";
    write_file(path, std::string(200'000 + 'a', 'a'));
    std::mt19937 random(7);
    std::set<char> seen;
    int leftovers = 0;
    for (int trial = 0; trial < 200; ++trial) {
        const pid_t writer = fork();
        if (writer == 0) write_for_ever(path);
        usleep(std::uniform_int_distribution<useconds_t>(0, 8000)(random));
        kill(writer, SIGKILL);
        waitpid(writer, nullptr, 0);
        const std::string bytes = content_of(path);
        ASSERT_FALSE(bytes.empty());
        ASSERT_EQ(bytes, std::string(200'000 + static_cast<std::size_t>(bytes[0]), bytes[0])) << "trial " << trial;
        ASSERT_LE(test::files_in(folder.path()), 2u) << "more than one leftover";
        leftovers += test::files_in(folder.path()) == 2;
        remove_leftovers(folder.path());
        ASSERT_EQ(test::files_in(folder.path()), 1u);
        seen.insert(bytes[0]);
    }
    EXPECT_GE(seen.size(), 2u) << "no writer came far enough";
    EXPECT_GE(leftovers, 10) << "hardly a writer was killed while it wrote";
}

TEST(FileDescriptor, OwnsAndGivesAway) {
    FileDescriptor a(::open("/dev/null", O_RDONLY));
    const int fd = a.get();
    FileDescriptor b(std::move(a));
    EXPECT_FALSE(a.valid());
    EXPECT_EQ(b.get(), fd);
    FileDescriptor c;
    c = std::move(b);
    EXPECT_EQ(c.close(), 0);
    EXPECT_EQ(fcntl(fd, F_GETFD), -1);
    EXPECT_EQ(c.close(), 0);
}

}  // namespace
}  // namespace ae
