// main() of the tests that run on the emulator: a failure says how to repeat its order of threads, and a test that was
// skipped has failed, for there is always a GPU here.
#include <gtest/gtest.h>

#include <cstdio>

#include "simt.h"

#if defined(EMULATOR_TSAN)
/// A race must fail the test in which it is found.
extern "C" const char* __tsan_default_options() {
    return "halt_on_error=1";
}
#endif

namespace {

class SeedPrinter : public testing::EmptyTestEventListener {
    void OnTestEnd(const testing::TestInfo& info) override {
        if (info.result()->Skipped()) ADD_FAILURE() << "skipped, though the emulator is a GPU";
        if (info.result()->Failed())
            std::printf("to repeat: AE_EMULATOR_SEED=%llu\n", static_cast<unsigned long long>(simt::seed()));
    }
};

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // OpenBLAS, which the CPU engine links, has threads
    testing::UnitTest::GetInstance()->listeners().Append(new SeedPrinter);  // GoogleTest deletes it
    return RUN_ALL_TESTS();
}
