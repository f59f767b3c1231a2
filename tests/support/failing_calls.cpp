#include "failing_calls.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>

extern "C" {

static int forward_open(const char* path, int flags, unsigned mode) {
    if (ae::test::FailingCalls::fails()) return -1;
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return forward_open(path, flags, mode);
}
ssize_t write(int fd, const void* bytes, std::size_t n) {
    if (ae::test::FailingCalls::fails()) return -1;
    const std::size_t most = ae::test::FailingCalls::longest_write();
    return syscall(SYS_write, fd, bytes, n < most ? n : most);
}
int fsync(int fd) {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_fsync, fd));
}
int close(int fd) {
    const bool fails = ae::test::FailingCalls::fails();
    const int error_number = errno;
    const long result = syscall(SYS_close, fd);  // a close that fails has closed all the same
    if (fails) errno = error_number;
    return fails ? -1 : static_cast<int>(result);
}
int rename(const char* from, const char* to) noexcept {
    return ae::test::FailingCalls::fails() ? -1
                                           : static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int unlink(const char* path) noexcept {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int ftruncate(int fd, off_t length) noexcept {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, length));
}
int flock(int fd, int operation) noexcept {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_flock, fd, operation));
}

}  // extern "C"
