#include "engine/fitting_shape.h"

#include <gtest/gtest.h>

#include "ae/error.h"

namespace ae {
namespace {

TEST(FittingShape, HiddenWidthsAreCompletedByTheImages) {
    EXPECT_EQ(fitting_shape("128-64-128", 3072).text(), "3072-128-64-128-3072");
    EXPECT_EQ(fitting_shape("64", 784).text(), "784-64-784");
    EXPECT_EQ(fitting_shape("784-128-64-128-784", 1024).text(), "1024-784-128-64-128-784-1024");
    EXPECT_EQ(shape_around("128-64-128", 128).text(), "128-128-64-128-128");
    EXPECT_TRUE(names_hidden_layers("128-64-128", fitting_shape("128-64-128", 3072)));
}

TEST(FittingShape, AWholeChainStaysAsItIs) {
    EXPECT_EQ(fitting_shape("784-128-64-128-784", 784).text(), "784-128-64-128-784");
    EXPECT_EQ(fitting_shape("20,8,20", 20).text(), "20-8-20");
    EXPECT_FALSE(names_hidden_layers("20,8,20", fitting_shape("20,8,20", 20)));
}

TEST(FittingShape, AHalfChainIsAMistake) {
    for (const char* layers : {"784", "784-64", "64-784", "784-64-783", "783-64-784", "784-0-784", "0", "70000"})
        EXPECT_THROW(fitting_shape(layers, 784), UsageError) << layers;
    for (const char* layers : {"", "-", "128-", "-128", "128--64", "128-x", "128 64", "1.5"})
        EXPECT_THROW(check_layers(layers), UsageError) << layers;
}

}  // namespace
}  // namespace ae
