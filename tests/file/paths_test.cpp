#include "file/paths.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "ae/error.h"
#include "file/input_file.h"
#include "temporary_folder.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using test::message_of;
using test::put;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Paths, LookNeverThrows) {
    const TemporaryFolder folder;
    put(folder / "file", "12345");
    fs::create_symlink("loop", folder / "loop");
    fs::create_symlink("absent", folder / "dangling");
    ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
    const auto kind = [&](const std::string& name) { return look_at(folder / name).kind; };
    EXPECT_EQ(kind("file"), PathKind::file);
    EXPECT_EQ(look_at(folder / "file").size, 5u);
    EXPECT_EQ(kind("."), PathKind::folder);
    EXPECT_EQ(kind("pipe"), PathKind::other);
    EXPECT_EQ(kind("absent"), PathKind::missing);
    EXPECT_EQ(kind("dangling"), PathKind::missing);
    EXPECT_EQ(kind("file/below"), PathKind::missing);
    EXPECT_EQ(kind("loop"), PathKind::unreadable);
    EXPECT_EQ(kind(std::string(300, 'x')), PathKind::unreadable);
    EXPECT_EQ(look_at(folder / std::string(300, 'x')).why_not(), "File name too long");
}

TEST(Paths, ASameFileIsOneUnderAnyName) {
    const TemporaryFolder folder;
    put(folder / "file", "");
    put(folder / "other", "");
    fs::create_symlink("file", folder / "link");
    fs::create_hard_link(folder / "file", folder / "hard");
    for (const char* name : {"file", "link", "hard", "./file"})
        EXPECT_TRUE(is_same_file(folder / "file", folder / name));
    EXPECT_FALSE(is_same_file(folder / "file", folder / "other"));
    EXPECT_FALSE(is_same_file(folder / "absent", folder / "absent"));
}

TEST(Paths, EntriesComeInTheOrderOfTheirNumbers) {
    const TemporaryFolder folder;
    for (const char* name : {"img10", "img9", "a", "img1"}) put(folder / name, "");
    std::vector<std::string> names;
    for (const fs::path& entry : entries_of(folder.path())) names.push_back(entry.filename().string());
    EXPECT_THAT(names, ElementsAre("a", "img1", "img9", "img10"));
    EXPECT_THAT(message_of<DataError>([&] { entries_of(folder / "absent"); }), HasSubstr("absent: cannot be read"));
    EXPECT_THAT(message_of<DataError>([&] { entries_of(folder / std::string(300, 'x')); }), HasSubstr("too long"));
}

TEST(Paths, LinksAreFollowedToWhatNeedNotExist) {
    const TemporaryFolder folder;
    fs::create_symlink("loop", folder / "loop");
    fs::create_symlink("absent", folder / "dangling");
    EXPECT_EQ(end_of_links(folder / "dangling"), folder / "absent");
    EXPECT_EQ(end_of_links(folder / "none"), folder / "none");
    EXPECT_EQ(end_of_links(folder / "loop"), std::nullopt);
}

TEST(InputFile, RefusesEverythingButFilesWithoutWaiting) {
    const TemporaryFolder folder;
    ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
    fs::create_symlink("loop", folder / "loop");
    const auto message = [&](const fs::path& path) { return message_of<DataError>([&] { read_input(path); }); };
    EXPECT_THAT(message(folder / "pipe"), HasSubstr("is not a regular file but a pipe"));
    EXPECT_THAT(message(folder.path()), HasSubstr("is not a regular file but a folder"));
    EXPECT_THAT(message("/dev/zero"), HasSubstr("is not a regular file"));
    EXPECT_THAT(message(folder / "absent"), HasSubstr("cannot be opened: No such file"));
    EXPECT_THAT(message(folder / "loop"), HasSubstr("cannot be opened: Too many levels"));
}

TEST(InputFile, ReadsWholeOrBeginsOrRefusesWhatIsTooLong) {
    const TemporaryFolder folder;
    put(folder / "file", "12345");
    EXPECT_EQ(read_input(folder / "file"), "12345");
    EXPECT_EQ(beginning_of(folder / "file", 3), "123");
    EXPECT_EQ(beginning_of(folder / "file", 9), "12345");
    EXPECT_EQ(input_size(folder / "file"), 5u);
    EXPECT_THAT(message_of<DataError>([&] { read_input(folder / "file", 4); }), HasSubstr("holds 5 bytes; up to 4"));
}

TEST(Paths, AKindThatCannotBeToldIsAnErrorButInACircleOfLinks) {
    const TemporaryFolder folder;
    const std::filesystem::path circle = folder / "circle", too_long = folder.path() / std::string(300, 'a');
    std::filesystem::create_symlink(circle, circle);
    EXPECT_EQ(kind_of(circle), PathKind::unreadable);
    EXPECT_EQ(kind_of(folder.path() / "nothing"), PathKind::missing);
    EXPECT_FALSE(is_file(circle));
    EXPECT_THROW((void)kind_of(too_long), DataError);
    EXPECT_THROW((void)is_file(too_long), DataError);
    EXPECT_THROW((void)is_folder(too_long), DataError);
}

}  // namespace
}  // namespace ae
