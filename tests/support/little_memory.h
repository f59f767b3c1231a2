// A process that finds little more memory than it has.
#pragma once
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace ae {

inline rlim_t address_space_in_use() {
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

}  // namespace ae
