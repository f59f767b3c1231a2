// Prints the dynamic shared memory that each fused kernel is launched with, for kernel_resources.py: a line for each
// kernel, "NAME TAB BYTES TAB least capability TAB greatest capability of the GPUs that run it".
#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <typeinfo>

#include "fused/kernels.h"

namespace {

constexpr int kAny = 999;

template <typename T>
std::string name_of() {
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(typeid(T).name(), nullptr, nullptr, nullptr), &std::free);
    return name.get();
}

/// Names are those of kernels in a compiler's report up to the network, without what other arguments follow.
template <class Net>
void print(int least, int greatest) {
    using Bytes = ae::FusedSharedBytes<Net>;
    const auto line = [&](const char* kernel, std::size_t bytes) {
        std::printf("ae::%s<%s\t%zu\t%d\t%d\n", kernel, name_of<Net>().c_str(), bytes, least, greatest);
    };
    line("fused_first_kernel", Bytes::kFirst);
    line("fused_forward_kernel", Bytes::kForward);
    line("fused_last_kernel", Bytes::kLast);
    line("fused_backward_kernel", Bytes::kBackward);
}

}  // namespace

int main() {
    print<ae::MnistNet>(80, kAny);
    print<ae::SmallBlocksNet>(75, 79);
}
