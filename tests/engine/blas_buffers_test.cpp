#include "engine/blas_buffers.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "ae/error.h"
#include "little_memory.h"

namespace ae {
namespace {

TEST(BlasBuffer, ThatCannotBeHadIsAnErrorAndNotAHang) {
    constexpr int kTooMany = 1000;
    std::vector<std::unique_ptr<BlasBuffer>> held;
    const LittleMemory little(1 << 29);
    EXPECT_THROW(for (int i = 0; i < kTooMany; ++i) held.push_back(std::make_unique<BlasBuffer>()), MemoryError);
    EXPECT_LT(held.size(), 100);
    held.clear();
    EXPECT_NO_THROW(BlasBuffer()) << "those that there was room for are still there";
}

}  // namespace
}  // namespace ae
