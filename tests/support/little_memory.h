// A process that finds little more memory than it has.
#pragma once
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <new>
#include <vector>

namespace ae {

/// Allocates nothing, for it is asked where there is nothing left.
inline rlim_t address_space_in_use() {
    std::array<char, 128> text{};
    const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    const ssize_t length = ::read(file, text.data(), text.size());
    ::close(file);
    rlim_t pages = 0;
    if (length > 0) std::from_chars(text.data(), text.data() + length, pages);
    return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

/// While it lives, this process finds no more memory than `bytes`.
class LittleMemory {
public:
    explicit LittleMemory(rlim_t bytes) {
        getrlimit(RLIMIT_AS, &old_);
        kept_.reserve(1 << 16);
        allow(0);
        keep_what_is_free();
        allow(bytes);
    }
    ~LittleMemory() { setrlimit(RLIMIT_AS, &old_); }
    LittleMemory(const LittleMemory&) = delete;
    LittleMemory& operator=(const LittleMemory&) = delete;

private:
    void allow(rlim_t bytes) const {
        const rlimit little{address_space_in_use() + bytes, old_.rlim_max};
        setrlimit(RLIMIT_AS, &little);
    }
    /// What earlier tests gave back lies in the heap: the limit, which counts addresses, does not see it.
    void keep_what_is_free() {
        while (kept_.size() < kept_.capacity()) {
            std::unique_ptr<char[]> block(new (std::nothrow) char[std::size_t(64) << 10]);
            if (!block) return;
            kept_.push_back(std::move(block));
        }
    }

    rlimit old_{};
    std::vector<std::unique_ptr<char[]>> kept_;
};

}  // namespace ae
