#include <gtest/gtest.h>

#include "control.h"
#include "cuda.h"

namespace ae {
namespace {

__global__ void reverse(float* to, const float* from, int n) {
    AE_SHARED(float, buffer, 64);
    const unsigned i = threadIdx.x;
    buffer[i] = from[i];
    __syncthreads();
    to[i] = buffer[unsigned(n) - 1 - i];
}

TEST(Emulator, ACleanKernelRuns) {
    const Stream stream = make_stream();
    DeviceBuffer<float> from(64), to(64);
    std::vector<float> values(64), result(64);
    for (int i = 0; i < 64; ++i) values[std::size_t(i)] = float(i);
    copy(from.data(), values.data(), 64, stream);
    launch(reverse, 1, 64, 0, stream, to.data(), from.data(), 64);
    copy(result.data(), to.data(), 64, stream);
    for (int i = 0; i < 64; ++i) EXPECT_EQ(result[std::size_t(i)], float(63 - i));
}

}  // namespace
}  // namespace ae
