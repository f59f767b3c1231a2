// Any bytes are either an IDX file, whose values then fill its dimensions exactly, or a DataError.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "ae/dataset.h"
#include "ae/error.h"

namespace {

/// A file in memory, so that the disk does not set the pace.
class MemoryFile {
public:
    MemoryFile() : fd_(memfd_create("idx", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
        if (fd_ < 0) std::abort();
    }
    ~MemoryFile() { close(fd_); }

    const std::string& holding(const std::uint8_t* data, std::size_t size) {
        if (ftruncate(fd_, 0) != 0 || pwrite(fd_, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
        return path_;
    }

private:
    int fd_;
    std::string path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static MemoryFile file;
    try {
        const ae::Idx idx = ae::read_idx(file.holding(data, size));
        std::size_t count = 1;
        for (const std::uint32_t d : idx.dimensions) count *= d;
        if (idx.dimensions.empty() || count == 0 || count != idx.values.size() || idx.sha256.size() != 64) std::abort();
    } catch (const ae::DataError&) {
    }
    return 0;
}
