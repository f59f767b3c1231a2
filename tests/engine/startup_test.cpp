#include "engine/startup.h"

#include <gtest/gtest.h>

#include "compare.h"

namespace ae {
namespace {

TEST(Startup, HasAStageForAllThatHappensBeforeTheFirstStep) {
    Dataset data = test::random_dataset(300, 40, 28, 28);
    const std::vector<StartupStage> stages = time_startup("cpu", {.threads = 1}, [&] { return data; });
    ASSERT_EQ(stages.size(), 4u);
    EXPECT_EQ(stages[2].name, "making the engine cpu");
    for (const StartupStage& stage : stages) {
        EXPECT_GE(stage.seconds, 0) << stage.name;
        EXPECT_LT(stage.seconds, 60) << stage.name;
    }
}

TEST(Startup, BeginsNoGpuForTheCpu) {
    EXPECT_FALSE(begin_gpu("cpu").valid());
    EXPECT_TRUE(begin_gpu("auto").valid());
}

}  // namespace
}  // namespace ae
