// Commands that srun has started several times without MPI, as a shell sees them.
#include <gmock/gmock.h>

#include "program.h"

namespace ae::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Apart, EveryCommandThatRanksCanShareSaysThatEachWorksAlone) {
    const TemporaryFolder here;
    const std::vector<std::string> of_srun = {"SLURM_STEP_NUM_TASKS=2", "SLURM_STEP_ID=0"};
    const std::string said = "srun has started 2 processes that know nothing of each other";
    for (const std::string command : {"eval", "encode", "rd", "report", "probe"}) {
        const std::vector<std::string> words = {command, "none"};
        EXPECT_THAT(run_program(words, here.path(), of_srun).err, HasSubstr(command + ": " + said));
        EXPECT_THAT(run_program(words, here.path(), {}).err, Not(HasSubstr(said)));
    }
}

}  // namespace
}  // namespace ae::test
