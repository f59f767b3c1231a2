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
    }
    void TearDown() override {
        const Live left = live();
        EXPECT_EQ(left.allocations, 0u);
        EXPECT_EQ(left.bytes, 0u);
        EXPECT_EQ(left.handles, 0u);
        control() = {};
    }
};

}  // namespace emulator
