#include "base/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ae/error.h"

namespace ae {

namespace {

/// A reader that takes nothing for so long is not waited for.
constexpr int kPatienceMilliseconds = 1000;

/// Where poll() says that a pipe or a terminal takes bytes, it takes these without blocking.
constexpr std::size_t kAtOnce = 512;

/// Messages that nobody has read since one was last written.
std::atomic<int>& lost_messages() noexcept {
    static std::atomic<int> lost = 0;
    return lost;
}

/// Whether stderr takes bytes now or within the time; a signal ends the waiting, so that the program can heed it.
bool is_ready(int milliseconds) noexcept {
    pollfd stderr_now = {STDERR_FILENO, POLLOUT, 0};
    return ::poll(&stderr_now, 1, milliseconds) == 1;
}

bool write_stderr(std::string_view bytes, int milliseconds) noexcept {
    while (!bytes.empty()) {
        if (!is_ready(milliseconds)) return false;
        const ssize_t n = ::write(STDERR_FILENO, bytes.data(), std::min(bytes.size(), kAtOnce));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// Says how many messages are missing, once somebody reads again.
void tell_lost(int lost) noexcept {
    char line[64];
    const int size = std::snprintf(line, sizeof line, "(%d messages were lost here)\n", lost);  // it needs no memory
    if (size > 0) write_stderr({line, std::min(static_cast<std::size_t>(size), sizeof line - 1)}, 0);
}

bool write_line(std::string_view line) noexcept {
    try {
        return write_stderr(std::string(line) + '\n',
                            kPatienceMilliseconds);  // at once, so that no other's comes between
    } catch (const std::exception&) {
        return write_stderr(line, kPatienceMilliseconds) && write_stderr("\n", kPatienceMilliseconds);
    }
}

}  // namespace

void fail_output(int error) {
    const ExitCode code = error == EPIPE ? ExitCode::reader_gone : ExitCode::output;
    throw Error(code, fmt::format("stdout: cannot write the result: {}", std::strerror(error)));
}

void say_line(std::string_view line) noexcept {
    std::atomic<int>& lost = lost_messages();
    const bool is_read = is_ready(lost == 0 ? kPatienceMilliseconds : 0);
    if (is_read && lost > 0) tell_lost(lost.exchange(0));
    if (!is_read || !write_line(line)) ++lost;
}

void draw_on_terminal(std::string_view bytes) noexcept {
    write_stderr(bytes, 0);
}

void print_text(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_output(errno);
}

void flush_results() {
    if (std::fflush(stdout) != 0) fail_output(errno);
}

}  // namespace ae
