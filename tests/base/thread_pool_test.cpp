#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>

namespace ae {
namespace {

class AnyNumberOfThreads : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(ThreadPool, AnyNumberOfThreads, testing::Values(1, 2, 3, 8));

TEST_P(AnyNumberOfThreads, EveryTaskRunsOnce) {
    ThreadPool pool(GetParam());
    EXPECT_EQ(pool.threads(), GetParam());
    for (const int count : {0, 1, 2, 7, 1000}) {
        std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
        pool.run(count, [&](int i) { ++runs[static_cast<std::size_t>(i)]; });
        for (const auto& n : runs) EXPECT_EQ(n, 1);
    }
}

TEST_P(AnyNumberOfThreads, OneJobEndsBeforeTheNextBegins) {
    ThreadPool pool(GetParam());
    std::vector<int> values(64);
    for (int round = 1; round <= 2000; ++round)
        pool.run(64, [&](int i) { values[static_cast<std::size_t>(i)] += i * round; });
    for (int i = 0; i < 64; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], i * 2000 * 2001 / 2);
}

TEST_P(AnyNumberOfThreads, AnExceptionComesBackAfterAllTasksEnded) {
    ThreadPool pool(GetParam());
    std::atomic<int> ended = 0;
    const auto task = [&](int i) {
        if (i == 3) throw std::runtime_error("three");
        ++ended;
    };
    EXPECT_THROW(pool.run(100, task), std::runtime_error);
    EXPECT_EQ(ended, 99);
    pool.run(5, [&](int) { ++ended; });
    EXPECT_EQ(ended, 104);
}

TEST(ThreadPool, ThreadsWorkSideBySideAndAreWaitedFor) {
    ThreadPool pool(2);
    std::atomic<int> here = 0, ended = 0;
    const auto caller = std::this_thread::get_id();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    pool.run(2, [&](int) {  // each task waits for the other: one thread alone would not get through
        ++here;
        while (here < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        if (std::this_thread::get_id() != caller) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        ++ended;
    });
    EXPECT_EQ(ended, 2);
    EXPECT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST(ThreadPool, AThreadTakesItsOwnShareFirst) {
    ThreadPool pool(2);
    const auto caller = std::this_thread::get_id();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (int round = 0; round < 20; ++round) {
        std::atomic<int> first = -1;  // that the other thread takes
        pool.run(4, [&](int i) {
            int none = -1;
            if (std::this_thread::get_id() != caller) first.compare_exchange_strong(none, i);
            while (i == 0 && first < 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        });
        ASSERT_EQ(first, 2);  // of 0 and 1, 2 and 3
    }
}

TEST(ThreadPool, AThreadHelpsWithWhatOthersHaveNotBegun) {
    ThreadPool pool(2);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    std::atomic<int> ended = 0;
    pool.run(8, [&](int i) {  // the caller's first task waits for all others, three of its own share among them
        while (i == 0 && ended < 7 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        ++ended;
    });
    EXPECT_LT(std::chrono::steady_clock::now(), deadline);
}

/// No thread has a task of its own share more than another, and the shares are all tasks.
TEST(ThreadPool, SharesAreEvenForAnyNumberOfThreads) {
    for (std::size_t threads = 1; threads <= 64; ++threads)
        for (int count = 1; count <= 200; ++count) {
            int begin = 0, least = count, most = 0;
            for (std::size_t i = 0; i < threads; ++i) {
                const int end = ThreadPool::end_of_share(count, i, threads);
                least = std::min(least, end - begin), most = std::max(most, end - begin);
                begin = end;
            }
            ASSERT_EQ(begin, count) << threads;
            ASSERT_LE(most - least, 1) << count << " tasks, " << threads << " threads";
        }
}

TEST(ThreadPool, WakesThreadsThatSleep) {
    ThreadPool pool(3);
    std::atomic<int> runs = 0;
    for (int i = 0; i < 5; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        pool.run(16, [&](int) { ++runs; });
    }
    EXPECT_EQ(runs, 80);
}

TEST(ThreadPool, EndsWhetherItsThreadsSleepLookOrWork) {
    std::atomic<int> runs = 0;
    for (int i = 0; i < 1000; ++i) {
        ThreadPool pool(3);
        pool.run(i % 4, [&](int) { ++runs; });
    }
    EXPECT_EQ(runs, 1500);
}

TEST(ThreadPool, ZeroMeansOneForEachProcessor) {
    EXPECT_GE(ThreadPool(0).threads(), 1);
    EXPECT_LE(ThreadPool(0).threads(), static_cast<int>(std::thread::hardware_concurrency()));
}

/// As in a container with a limit. A process of root's has none, so the test's becomes nobody's.
TEST(ThreadPool, WorksWithTheThreadsThatTheSystemGives) {
    const pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0) _exit(77);
        const rlimit none{0, 0};
        setrlimit(RLIMIT_NPROC, &none);
        ThreadPool pool(4);
        std::atomic<int> runs = 0;
        pool.run(100, [&](int) { ++runs; });
        _exit(pool.threads() == 1 && runs == 100 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << "it ended by a signal";
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "cannot become another user";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace ae
