// main() of the tests that run on the emulator: a failure says how to repeat its order of threads.
#include <gtest/gtest.h>

#include <cstdio>

#include "simt.h"

namespace {

class SeedPrinter : public testing::EmptyTestEventListener {
    void OnTestEnd(const testing::TestInfo& info) override {
        if (info.result()->Failed())
            std::printf("to repeat: AE_EMULATOR_SEED=%llu\n", static_cast<unsigned long long>(simt::seed()));
    }
};

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    testing::UnitTest::GetInstance()->listeners().Append(new SeedPrinter);  // GoogleTest deletes it
    return RUN_ALL_TESTS();
}
