// A launcher, as environment variables tell of it.
#include "base/launcher.h"

#include <gmock/gmock.h>

#include <map>

namespace ae {
namespace {

Launched in(const std::map<std::string, std::string>& variables) {
    return launched([&](const char* name) {
        const auto at = variables.find(name);
        return at == variables.end() ? nullptr : at->second.c_str();
    });
}

TEST(Launcher, NobodyHasStartedAPlainProcess) {
    EXPECT_TRUE(in({}).is_alone());
    EXPECT_EQ(in({}).rank, 0);
    EXPECT_TRUE(in({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "3"}}).is_alone());
    EXPECT_TRUE(in({{"OMPI_COMM_WORLD_SIZE", "1"}, {"OMPI_COMM_WORLD_RANK", "0"}}).is_alone());
}

TEST(Launcher, OfSeveralProcessesEachKnowsItsRank) {
    const Launched open = in({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "3"}, {"PMIX_RANK", "3"}});
    EXPECT_EQ(open.size, 4);
    EXPECT_EQ(open.rank, 3);
    EXPECT_EQ(open.launcher, "mpirun");
    const Launched pmi = in({{"PMI_SIZE", "2"}, {"PMI_RANK", "1"}});
    EXPECT_EQ(pmi.size, 2);
    EXPECT_EQ(pmi.rank, 1);
    const Launched srun = in({{"PMIX_RANK", "5"}, {"SLURM_STEP_NUM_TASKS", "6"}, {"SLURM_STEP_ID", "0"}});
    EXPECT_EQ(srun.size, 6);
    EXPECT_EQ(srun.launcher, "srun");
}

TEST(Launcher, MayHaveStartedSeveralThatKnowNothingOfEachOther) {
    const auto why = [](const std::map<std::string, std::string>& variables) {
        return why_apart([&](const char* name) {
            const auto at = variables.find(name);
            return at == variables.end() ? nullptr : at->second.c_str();
        });
    };
    const std::map<std::string, std::string> step{{"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}};
    EXPECT_THAT(why(step), testing::AllOf(testing::HasSubstr("srun has started 2 processes"),
                                          testing::HasSubstr("srun --mpi=pmix")));
    auto by_pmix = step, single = step, in_batch = step;
    by_pmix["PMIX_RANK"] = "0";
    single["SLURM_STEP_NUM_TASKS"] = "1";
    in_batch.erase("SLURM_STEP_ID");
    for (const auto& variables : {by_pmix, single, in_batch, {}}) EXPECT_EQ(why(variables), "");
}

TEST(Launcher, MayNotSayHowMany) {
    const Launched unknown = in({{"PMIX_RANK", "2"}});
    EXPECT_FALSE(unknown.is_alone());
    EXPECT_EQ(unknown.size, 0);
    EXPECT_EQ(unknown.rank, 2);
}

TEST(Launcher, NumbersThatMakeNoSenseSayNothing) {
    EXPECT_TRUE(in({{"OMPI_COMM_WORLD_SIZE", "two"}, {"OMPI_COMM_WORLD_RANK", "0"}}).is_alone());
    EXPECT_TRUE(in({{"PMI_SIZE", "2"}, {"PMI_RANK", "2"}}).is_alone());
    EXPECT_TRUE(in({{"PMI_SIZE", "2"}, {"PMI_RANK", "-1"}}).is_alone());
    EXPECT_TRUE(in({{"PMI_SIZE", ""}, {"PMI_RANK", ""}}).is_alone());
}

}  // namespace
}  // namespace ae
