#include "engine/blas_buffers.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <vector>

#include "ae/error.h"

namespace ae {
namespace {

rlim_t address_space_in_use() {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

/// While it lives, this process finds no more memory than `bytes`.
class LittleMemory {
public:
    explicit LittleMemory(rlim_t bytes) {
        getrlimit(RLIMIT_AS, &old_);
        const rlimit little{address_space_in_use() + bytes, old_.rlim_max};
        setrlimit(RLIMIT_AS, &little);
    }
    ~LittleMemory() { setrlimit(RLIMIT_AS, &old_); }
    LittleMemory(const LittleMemory&) = delete;
    LittleMemory& operator=(const LittleMemory&) = delete;

private:
    rlimit old_{};
};

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
