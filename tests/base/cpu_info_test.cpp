// Processors as made-up systems tell of them, and as this one does.
#include "base/cpu_info.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "temporary_folder.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// A system of which a test writes what it says.
class MadeUpSystem : public testing::Test {
protected:
    void say(const fs::path& file, const std::string& text) const {
        fs::create_directories((folder_.path() / file).parent_path());
        test::put(folder_.path() / file, text);
    }
    void say_siblings(int processor, const std::string& siblings) const {
        say(fmt::format("sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", processor), siblings + '\n');
    }
    Processors found() const { return processors({folder_.path() / "proc", folder_.path() / "sys"}); }

    test::TemporaryFolder folder_;
};

TEST_F(MadeUpSystem, ThatSaysNothingHasNoQuotaAndACoreForEachProcessor) {
    EXPECT_EQ(found().quota, 0);
    EXPECT_EQ(found().cores, found().count);
    EXPECT_EQ(found().threads(), found().count);
}

TEST_F(MadeUpSystem, LimitsByTheLeastQuotaOfAGroupAndThoseAboveIt) {
    say("proc/self/cgroup", "0::/pod/container\n");
    say("sys/fs/cgroup/pod/container/cpu.max", "max 100000\n");
    EXPECT_EQ(found().quota, 0);
    say("sys/fs/cgroup/pod/cpu.max", "250000 100000\n");
    EXPECT_DOUBLE_EQ(found().quota, 2.5);
    say("sys/fs/cgroup/pod/container/cpu.max", "30000 20000\n");
    EXPECT_DOUBLE_EQ(found().quota, 1.5);
    say("sys/fs/cgroup/cpu.max", "50000 100000\n");
    EXPECT_DOUBLE_EQ(found().quota, 0.5);
    EXPECT_EQ(found().threads(), 1);
}

TEST_F(MadeUpSystem, OfTheFirstVersionOfControlGroupsHasNoQuota) {
    say("proc/self/cgroup", "4:memory:/process\n1:cpu:/\n");
    say("sys/fs/cgroup/cpu.max", "50000 100000\n");
    EXPECT_EQ(found().quota, 0);
}

TEST_F(MadeUpSystem, TellsHyperThreadsFromCores) {
    cpu_set_t set;
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(i, &set)) say_siblings(i, "0-1023");
    EXPECT_EQ(found().cores, 1);
}

TEST(Processors, HaveAThreadEachUpToTheQuotaRoundedUp) {
    EXPECT_EQ((Processors{8, 4, 0}).threads(), 8);
    EXPECT_EQ((Processors{8, 4, 1.5}).threads(), 2);
    EXPECT_EQ((Processors{8, 4, 2}).threads(), 2);
    EXPECT_EQ((Processors{8, 4, 0.1}).threads(), 1);
    EXPECT_EQ((Processors{8, 4, 100}).threads(), 8);
}

TEST(Processors, SayThatInWords) {
    EXPECT_EQ((Processors{4, 2, 1.5}).text(), "4 on 2 cores, 1.5 by quota");
    EXPECT_EQ((Processors{1, 1, 0}).text(), "1 on 1 core");
}

TEST(Processors, OfThisMachineAreNoMoreThanItHas) {
    EXPECT_GE(processors().cores, 1);
    EXPECT_LE(processors().cores, processors().count);
    EXPECT_EQ(usable_processors(), processors().threads());
}

}  // namespace
}  // namespace ae
