// Makes system calls of the code under test fail, one by one.
//
// A test program includes this in one source file. The definitions of open, write, … below then stand before those of
// the C library, for the program and its libraries alike; they forward to the kernel unless a FailingCalls says no.
#pragma once
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <string>

namespace ae::test {

/// While one lives, its `first`-th call (from 1) fails with `error_number`, and with `for_ever` all that follow.
class FailingCalls {
public:
    FailingCalls(int first, int error_number, bool for_ever)
        : first_(first), error_number_(error_number), for_ever_(for_ever) {
        active() = this;
    }
    ~FailingCalls() { active() = nullptr; }
    FailingCalls(const FailingCalls&) = delete;
    FailingCalls& operator=(const FailingCalls&) = delete;

    int calls() const { return calls_; }

    /// Asked by every call; sets errno where it is to fail.
    static bool fails() {
        FailingCalls* self = active();
        if (!self) return false;
        const int n = ++self->calls_;
        if (n != self->first_ && !(self->for_ever_ && n > self->first_)) return false;
        errno = self->error_number_;
        return true;
    }

    /// Bytes that one write may take at most.
    static std::size_t& longest_write() {
        static std::size_t bytes = static_cast<std::size_t>(-1);
        return bytes;
    }

private:
    static FailingCalls*& active() {
        static FailingCalls* self = nullptr;
        return self;
    }

    int first_, error_number_;
    bool for_ever_;
    int calls_ = 0;
};

}  // namespace ae::test

extern "C" {

inline int forward_open(const char* path, int flags, unsigned mode) {
    if (ae::test::FailingCalls::fails()) return -1;
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
__attribute__((used)) int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return forward_open(path, flags, mode);
}
__attribute__((used)) ssize_t write(int fd, const void* bytes, std::size_t n) {
    if (ae::test::FailingCalls::fails()) return -1;
    const std::size_t most = ae::test::FailingCalls::longest_write();
    return syscall(SYS_write, fd, bytes, n < most ? n : most);
}
__attribute__((used)) int fsync(int fd) {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_fsync, fd));
}
__attribute__((used)) int close(int fd) {
    const bool fails = ae::test::FailingCalls::fails();
    const int error_number = errno;
    const long result = syscall(SYS_close, fd);  // a close that fails has closed all the same
    if (fails) errno = error_number;
    return fails ? -1 : static_cast<int>(result);
}
__attribute__((used)) int rename(const char* from, const char* to) noexcept {
    return ae::test::FailingCalls::fails() ? -1
                                           : static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
__attribute__((used)) int unlink(const char* path) noexcept {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
__attribute__((used)) int ftruncate(int fd, off_t length) noexcept {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, length));
}
__attribute__((used)) int flock(int fd, int operation) noexcept {
    return ae::test::FailingCalls::fails() ? -1 : static_cast<int>(syscall(SYS_flock, fd, operation));
}

}  // extern "C"

namespace ae::test {

/// Runs `act` with its first, second, … call failing, once and for ever, until there is no such call; `look` is asked
/// after each time, with what it threw ("" for nothing). `reset` comes before each. Returns how many times it threw.
template <typename Error, typename Reset, typename Act, typename Look>
int with_every_call_failing(int error_number, Reset reset, Act act, Look look) {
    int thrown = 0;
    for (const bool for_ever : {false, true}) {
        bool reached = true;
        for (int first = 1; reached; ++first) {
            reset();
            std::string what;
            {
                FailingCalls faults(first, error_number, for_ever);
                try {
                    act();
                } catch (const Error& error) {
                    what = error.what();
                    ++thrown;
                }
                reached = faults.calls() >= first;
            }
            look(what);
        }
    }
    return thrown;
}

}  // namespace ae::test
