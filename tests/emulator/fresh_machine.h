// A fixture for tests of what uses the imitated runtime.
#pragma once
#include <gtest/gtest.h>

#include "control.h"

namespace emulator {

/// Each test begins on a fresh machine and must leave nothing allocated.
class FreshMachine : public testing::Test {
protected:
    void SetUp() override {
        control() = {};
        (void)cudaGetLastError();
        before_ = live();
    }
    void TearDown() override {
        const Live after = live();
        EXPECT_EQ(after.allocations, before_.allocations);
        EXPECT_EQ(after.bytes, before_.bytes);
        EXPECT_EQ(after.handles, before_.handles);
        control() = {};
    }

private:
    Live before_;
};

}  // namespace emulator
