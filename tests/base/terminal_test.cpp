// Messages where they cannot be written: each test in a child, whose stderr and stdout are its own.
#include "base/terminal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>

#include "ae/error.h"

namespace ae {
namespace {

using Clock = std::chrono::steady_clock;
using testing::HasSubstr;

/// The exit status of a child that does `work`; its code is what work() returns.
int status_of(const std::function<int()>& work) {
    const pid_t pid = fork();
    if (pid == 0) {
        std::signal(SIGPIPE, SIG_IGN);
        alarm(20);
        _exit(work());
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A pipe as stderr of this process; its reading end.
int stderr_to_pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) _exit(99);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    return ends[0];
}

std::string read_some(int fd) {
    std::string text(1 << 20, '\0');
    const ssize_t n = read(fd, text.data(), text.size());
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

/// Milliseconds that one message takes.
long milliseconds_to_say(const std::string& text) {
    const auto start = Clock::now();
    say("{}", text);
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

/// Says lines until the pipe is full, so that one is lost.
void fill_stderr() {
    for (int i = 0; i < 2000; ++i)
        if (milliseconds_to_say(std::string(100, 'x')) > 500) return;
}

TEST(Say, IsNoErrorWhereStderrIsFullClosedOrWithoutAReader) {
    EXPECT_EQ(status_of([] {
                  dup2(open("/dev/full", O_WRONLY), STDERR_FILENO);
                  say("lost");
                  draw_on_terminal("lost");
                  return 7;
              }),
              7);
    EXPECT_EQ(status_of([] {
                  close(STDERR_FILENO);
                  say("lost");
                  return 7;
              }),
              7);
    EXPECT_EQ(status_of([] {
                  close(stderr_to_pipe());
                  say("lost");
                  return 7;
              }),
              7);
}

TEST(Say, WaitsOnceForAReaderWhoSleepsAndTellsHimWhatHeMissed) {
    EXPECT_EQ(status_of([] {
                  const int reader = stderr_to_pipe();
                  fill_stderr();
                  if (milliseconds_to_say("lost as well") > 100) return 1;
                  read_some(reader);
                  say("heard");
                  const std::string after = read_some(reader);
                  return after == "(2 messages were lost here)\nheard\n" ? 7 : 2;
              }),
              7);
}

extern "C" void do_nothing(int) {}

TEST(Say, DoesNotWaitOnWhenASignalComes) {
    EXPECT_EQ(status_of([] {
                  stderr_to_pipe();
                  struct sigaction action = {};
                  action.sa_handler = do_nothing;
                  action.sa_flags = SA_RESTART;
                  sigaction(SIGALRM, &action, nullptr);
                  fcntl(STDERR_FILENO, F_SETPIPE_SZ, 4096);
                  while (true) {
                      ualarm(300'000, 0);
                      const long waited = milliseconds_to_say(std::string(100, 'x'));
                      if (waited > 100) return waited < 800 ? 7 : 1;
                  }
              }),
              7);
}

TEST(Say, EscapesTextsAndKeepsItsOwnFormat) {
    EXPECT_EQ(status_of([] {
                  const int reader = stderr_to_pipe();
                  const std::string name = "a\x1b[31m\nb\xE9";
                  say("wrote {}: {:>3} in {}", name, 5, "c\x07");
                  return read_some(reader) == "wrote a\\u001b[31m\\nb\xEF\xBF\xBD:   5 in c\\u0007\n" ? 7 : 1;
              }),
              7);
}

TEST(Print, SaysWhyAResultWasNotWritten) {
    const auto code_of = [](const std::function<void()>& prepare) {
        return status_of([&] {
            prepare();
            try {
                print("{}", std::string(100'000, 'x'));
                flush_results();
            } catch (const Error& error) {
                return static_cast<int>(error.code());
            }
            return 0;
        });
    };
    EXPECT_EQ(code_of([] { dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO); }), 8);
    EXPECT_EQ(code_of([] { close(STDOUT_FILENO); }), 8);
    EXPECT_EQ(code_of([] {
                  std::array<int, 2> ends{};
                  if (pipe(ends.data()) != 0) _exit(99);
                  dup2(ends[1], STDOUT_FILENO), close(ends[0]);
              }),
              141);
}

}  // namespace
}  // namespace ae
