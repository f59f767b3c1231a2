#include "command/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <thread>

#include "ae/error.h"
#include "base/launcher.h"
#include "base/terminal.h"

namespace ae {

namespace {

/// Opened the other way round, so that whoever reads 0 or writes 1 or 2 still meets an error.
void open_standard_descriptors() noexcept {
    constexpr std::array kModes{O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd < static_cast<int>(kModes.size()); ++fd)
        if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)!::open("/dev/null", kModes[static_cast<std::size_t>(fd)]);
}

/// Where an exception leaves a function that must not throw: out of memory in a destructor or a constructor's cleaning.
[[noreturn]] void give_up() noexcept {
    try {
        if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
        say_line("ae_cuda: unexpected: the program gave up");
    } catch (const std::bad_alloc&) {
        say_line("ae_cuda: out of memory");
        std::_Exit(static_cast<int>(ExitCode::memory));
    } catch (const std::exception& error) {
        say("ae_cuda: unexpected: {}", error.what());
    } catch (...) {
        say_line("ae_cuda: unexpected: an exception of an unknown kind");
    }
    std::_Exit(static_cast<int>(ExitCode::unexpected));
}

int fail(ExitCode code, std::string_view what) noexcept {
    const Launched by = launched();
    if (by.rank > 0) std::this_thread::sleep_for(std::chrono::seconds(3));
    try {
        say_line((by.is_alone() ? "ae_cuda: " : fmt::format("ae_cuda: rank {}: ", by.rank)) + printable_lines(what));
    } catch (const std::bad_alloc&) {
        say_line(what);
    }
    return static_cast<int>(code);
}

int fail(const Error& error) noexcept {
    if (error.code() == ExitCode::reader_gone) return static_cast<int>(error.code());  // `| head` wants no message
    return fail(error.code(), error.what());
}

}  // namespace

int say_failure() noexcept {
    try {
        throw;
    } catch (const Error& error) {
        return fail(error);
    } catch (const std::bad_alloc&) {
        return fail(ExitCode::memory, "out of memory");
    } catch (const std::exception& error) {
        return fail(ExitCode::unexpected, fmt::format("unexpected: {}", error.what()));
    }
}

void prepare_process() noexcept {
    open_standard_descriptors();
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    std::set_terminate(give_up);
    ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
}

}  // namespace ae
