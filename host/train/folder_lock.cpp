#include "train/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "ae/error.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

/// The process number that the holder wrote into the lock; 0 if it has not yet.
pid_t holder(int lock) {
    char text[32];
    const ssize_t n = ::pread(lock, text, sizeof text, 0);
    pid_t pid = 0;
    std::from_chars(text, text + std::max<ssize_t>(n, 0), pid);
    return pid;
}

}  // namespace

FileDescriptor lock_folder(const fs::path& folder) {
    const fs::path path = folder / kLockName;
    FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!fd.valid()) throw output_error(path, "cannot open the lock", errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) throw output_error(path, "cannot lock the run folder", errno);
        throw OutputError(
            fmt::format("{}: process {} is training into this folder; wait for it, or choose another --out",
                        folder.string(), holder(fd.get())));
    }
    if (::ftruncate(fd.get(), 0) != 0 || !write_all(fd.get(), fmt::format("{}\n", ::getpid())))
        throw output_error(path, "cannot write the lock", errno);
    return fd;
}

}  // namespace ae
