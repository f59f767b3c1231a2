// A block of the vector at a time: down to the host, through the group, and up again.
#include <algorithm>

#include "ranks/host_sum.h"

namespace ae {

HostSum::HostSum(Group& group, std::string why)
    : name_(group.name() + ", by way of the host: " + std::move(why)), sum_(&group, group.size(), kBlock, pool_) {}

float* HostSum::allocate(std::size_t n) {
    return memory_.emplace_back(n).data();
}

void HostSum::add(cudaStream_t stream, float* values, std::size_t n) {
    for (std::size_t first = 0; first < n; first += kBlock) {
        const std::size_t count = std::min(kBlock, n - first);
        const float* sum = sum_.of(kBlock, [&](int, float* to) {
            copy(to, values + first, count, stream);
            check(cudaStreamSynchronize(stream));
        });
        copy(values + first, sum, count, stream);
        check(cudaStreamSynchronize(stream));  // the sum stays until the next one only
    }
}

}  // namespace ae
