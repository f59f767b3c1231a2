// On real MNIST: the memory that a training takes, by the program itself. The first of this folder's tests, because a
// process that is started counts the memory of the one that starts it.
#include <gtest/gtest.h>

#include "program.h"

namespace ae::test {
namespace {

TEST(MnistMemory, ATrainingHoldsLittleMoreThanTheImages) {
    constexpr long kMostKilobytes = 150'000'000 / 1024;
    const TemporaryFolder folder;
    for (const char* val : {"test", "split:0.1"}) {
        const Answer answer = run_program(
            {"--epochs", "2", "--val", val, "--engine", "cpu", "--threads", "2", "--no-download", "--out", val},
            folder.path());
        if (answer.code == 3) GTEST_SKIP() << answer.err;
        ASSERT_EQ(answer.code, 0) << answer.err;
        EXPECT_GT(answer.peak_kilobytes, 70'000 * 784 / 1024) << "the pixels alone";
        EXPECT_LT(answer.peak_kilobytes, kMostKilobytes) << val;
    }
}

}  // namespace
}  // namespace ae::test
