// Every gradient of the engine `fused`; on an emulator of a GPU with tensor cores too.
#include "fused_gradients.h"

namespace ae::test {
namespace {

TEST_F(FusedGradientsAgainstCpu, AreRightForAFullBatch) {
    expect_right(somewhat_trained(0));
}

TEST_F(FusedGradientsAgainstCpu, AreRightForWhatIsLeftOfAnEpoch) {
    expect_right(somewhat_trained(1));
}

}  // namespace
}  // namespace ae::test
