// Runs a command and disturbs its n-th system call of a kind, in whichever thread: as a failing disk, a full table of
// the kernel or a lost machine would. Linux on x86-64.
//
//     call_fault count|once|always|kill CALL[,CALL…] N ERRNO REPORT COMMAND…
//
// `once` lets the n-th call fail with ERRNO, `always` that one and all after it, `kill` ends the process with SIGKILL
// before the call is made. Calls are counted from the point at which main() sets how SIGXFSZ is treated: failures of
// the loader are not the program's. Writes the number of calls of each kind to REPORT; ends as the command does.
#include <elf.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

const std::map<std::string, long> kCalls{
    {"open", SYS_openat},   {"read", SYS_read},       {"write", SYS_write},        {"close", SYS_close},
    {"seek", SYS_lseek},    {"stat", SYS_newfstatat}, {"list", SYS_getdents64},    {"mkdir", SYS_mkdir},
    {"rename", SYS_rename}, {"unlink", SYS_unlink},   {"truncate", SYS_ftruncate}, {"chmod", SYS_fchmod},
    {"lock", SYS_flock},    {"sync", SYS_fsync},      {"readlink", SYS_readlink},  {"map", SYS_mmap},
    {"thread", SYS_clone3}};

enum class Mode { count, once, always, kill };

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "call_fault: %s: %s\n", what.c_str(), std::strerror(errno));
    std::_Exit(99);
}

Mode parse_mode(const std::string& name) {
    if (name == "count") return Mode::count;
    if (name == "once") return Mode::once;
    if (name == "always") return Mode::always;
    if (name == "kill") return Mode::kill;
    errno = EINVAL;
    fail(name);
}

std::vector<long> parse_calls(const std::string& names) {
    std::vector<long> numbers;
    std::stringstream list(names);
    for (std::string name; std::getline(list, name, ',');) {
        errno = EINVAL;
        if (!kCalls.contains(name)) fail(name);
        numbers.push_back(kCalls.at(name));
    }
    return numbers;
}

/// The kernel stops the process at these calls and at rt_sigaction; all others run at full speed.
void install_filter(std::vector<long> calls) {
    calls.push_back(SYS_rt_sigaction);
    const auto load = [](unsigned offset) { return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offset}; };
    std::vector<sock_filter> filter{load(offsetof(seccomp_data, nr))};
    for (const long call : calls) {
        filter.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<unsigned>(call)});
        filter.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRACE});
    }
    filter.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        fail("seccomp");
}

pid_t start(char** command, const std::vector<long>& calls) {
    const pid_t child = fork();
    if (child != 0) return child;
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) fail("ptrace");
    raise(SIGSTOP);
    install_filter(calls);
    execvp(command[0], command);
    fail(command[0]);
}

class Supervisor {
public:
    Supervisor(Mode mode, long at, int error) : mode_(mode), at_(at), error_(error) {}

    /// Returns how the child ended, as waitpid() tells it.
    int watch(pid_t child) {
        int status = 0;
        if (waitpid(child, &status, 0) != child) fail("waitpid");
        constexpr long kOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                  PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
        if (ptrace(PTRACE_SETOPTIONS, child, nullptr, kOptions) != 0) fail("ptrace options");
        ptrace(PTRACE_CONT, child, nullptr, nullptr);
        for (;;) {
            const pid_t thread = waitpid(-1, &status, __WALL);
            if (thread < 0 && errno == EINTR) continue;
            if (thread < 0) fail("waitpid");
            if (!WIFSTOPPED(status)) {
                if (thread == child) return status;
                continue;
            }
            resume(child, thread, status);
        }
    }

    long seen(long call) const { return of_kind_.contains(call) ? of_kind_.at(call) : 0; }

private:
    void resume(pid_t child, pid_t thread, int status) {
        long signal = 0;
        if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8)))
            on_call(child, thread);
        else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP)  // a new thread begins with SIGSTOP
            signal = WSTOPSIG(status);
        ptrace(PTRACE_CONT, thread, nullptr, signal);
    }

    void on_call(pid_t child, pid_t thread) {
        user_regs_struct registers{};
        if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return;  // it was killed meanwhile
        if (registers.orig_rax == SYS_rt_sigaction) {
            in_main_ |= registers.rdi == SIGXFSZ;
            return;
        }
        if (!in_main_) return;
        ++seen_;
        ++of_kind_[static_cast<long>(registers.orig_rax)];
        if (mode_ == Mode::kill && seen_ == at_) kill(child, SIGKILL);
        if ((mode_ == Mode::once && seen_ == at_) || (mode_ == Mode::always && seen_ >= at_)) {
            registers.orig_rax = static_cast<unsigned long long>(-1);  // no call is made
            registers.rax = static_cast<unsigned long long>(-static_cast<long long>(error_));
            ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
        }
    }

    Mode mode_;
    long at_;
    int error_;
    long seen_ = 0;
    std::map<long, long> of_kind_;
    bool in_main_ = false;
};

int end_as(int status) {
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 7) return std::fprintf(stderr, "call_fault MODE CALLS N ERRNO REPORT COMMAND…\n"), 99;
    Supervisor supervisor(parse_mode(argv[1]), std::atol(argv[3]), std::atoi(argv[4]));
    const int status = supervisor.watch(start(argv + 6, parse_calls(argv[2])));
    if (std::FILE* report = std::fopen(argv[5], "w")) {
        for (const auto& [name, call] : kCalls) std::fprintf(report, "%s %ld\n", name.c_str(), supervisor.seen(call));
        std::fclose(report);
    }
    return end_as(status);
}
