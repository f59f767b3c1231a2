#include "engine/startup.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/stopwatch.h"
#include "compare.h"

namespace ae {
namespace {

constexpr double kTick = 0.011;  // a process's start is known in hundredths of a second
constexpr double kNap = 0.06;

void nap() {
    std::this_thread::sleep_for(std::chrono::duration<double>(kNap));
}

TEST(Startup, CountsTheTimeOfEveryStageOnce) {
    const double age_before = seconds_since_process_start();
    const Stopwatch watch;
    const std::vector<StartupStage> stages = time_startup("cpu", {.threads = 1}, [&] {
        nap();
        return test::random_dataset(300, 40, 28, 28);
    });
    const double seconds = watch.seconds();
    ASSERT_EQ(stages.size(), 4u);
    EXPECT_EQ(stages[0].name, "loading the program");
    EXPECT_EQ(stages[1].name, "reading and checking the data");
    EXPECT_EQ(stages[2].name, "making the engine cpu");
    EXPECT_EQ(stages[3].name, "the first step");
    EXPECT_GE(stages[0].seconds, age_before);
    EXPECT_GE(stages[1].seconds, kNap);
    for (const std::size_t i : {2u, 3u}) EXPECT_GT(stages[i].seconds, 0);
    EXPECT_LE(stages[1].seconds + stages[2].seconds + stages[3].seconds, seconds);
    EXPECT_LE(stages[0].seconds + stages[1].seconds + stages[2].seconds + stages[3].seconds, age_before + seconds);
}

TEST(Startup, KnowsTheAgeOfTheProcess) {
    const double first = seconds_since_process_start();
    const Stopwatch watch;
    nap();
    const double second = seconds_since_process_start(), between = watch.seconds();
    EXPECT_GE(second - first, kNap);
    EXPECT_LE(second - first, between + kTick);
}

/// A process that has just begun knows that it is not as old as the one that made it.
TEST(Startup, KnowsTheAgeOfAYoungProcess) {
    nap();
    const Stopwatch watch;
    const pid_t child = fork();
    ASSERT_NE(child, -1);
    if (child == 0) {
        const double age = seconds_since_process_start();
        _exit(age > 0 && age <= watch.seconds() + kTick ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(Startup, BeginsNoGpuForTheCpu) {
    EXPECT_FALSE(begin_gpu("cpu").valid());
    EXPECT_TRUE(begin_gpu("auto").valid());
}

}  // namespace
}  // namespace ae
