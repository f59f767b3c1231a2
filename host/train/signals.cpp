#include "train/signals.h"

#include <cstdlib>

namespace ae {

namespace {

volatile std::sig_atomic_t noted = 0;  // a handler can reach nothing but an object with static storage

/// A person's or a manager's wish. The others come several times over: a terminal that closes hangs up from the kernel
/// and from its shell.
bool is_wish(int signal) {
    return signal == SIGINT || signal == SIGTERM;
}

extern "C" void note_signal(int signal) {
    if (is_wish(signal) && is_wish(noted)) std::_Exit(128 + signal);
    if (is_wish(signal) || noted == 0) noted = signal;
}

bool is_ignored(int signal) {
    struct sigaction now = {};
    return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

/// A shell without job control, such as one that runs a script, starts `command &` with both of these ignored. Whoever
/// sends SIGINT to such a process by its number still means it.
bool is_background_job() {
    return is_ignored(SIGINT) && is_ignored(SIGQUIT);
}

}  // namespace

SignalGuard::SignalGuard() {
    noted = 0;
    struct sigaction action = {};
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;  // no call of a library has to know of signals
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        sigaction(kSignals[i], nullptr, &before_[i]);
        const bool stays_ignored = is_ignored(kSignals[i]) && !(kSignals[i] == SIGINT && is_background_job());
        if (!stays_ignored) sigaction(kSignals[i], &action, nullptr);
    }
}

SignalGuard::~SignalGuard() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

int SignalGuard::received() noexcept {
    return noted;
}

}  // namespace ae
