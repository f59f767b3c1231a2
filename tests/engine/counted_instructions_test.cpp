// The counts of instructions that `ae_cuda explain` shows.
#include "engine/counted_instructions.h"

#include <gtest/gtest.h>

namespace ae::test {
namespace {

const std::vector<StepVerb> kStep{{.verb = "dW1-3 adam F1", .tensor_flops = 1},
                                  {.verb = "F2 F3"},
                                  {.verb = "F4 bce dX4"},
                                  {.verb = "dX3 dX2 dW4 adam"}};

TEST(CountedInstructions, AreThoseOfTheCutThatRuns) {
    std::vector<StepVerb> plain = kStep;
    plain.front().tensor_flops = 0;
    for (const StepVerb& part : kStep) {
        const double on_tensor_cores = counted_instructions("fused", 256, kStep, part);
        EXPECT_GT(on_tensor_cores, 1e4) << part.verb;
        EXPECT_NE(counted_instructions("fused", 256, plain, part), on_tensor_cores) << part.verb;
    }
}

TEST(CountedInstructions, AreNotKnownOfWhatWasNotCounted) {
    EXPECT_EQ(counted_instructions("cublas", 256, kStep, kStep.front()), 0);
    EXPECT_EQ(counted_instructions("fused", 128, kStep, kStep.front()), 0);
    EXPECT_EQ(counted_instructions("fused", 256, kStep, {.verb = "matmul"}), 0);
}

}  // namespace
}  // namespace ae::test
