#include "train/signals.h"

#include <csignal>
#include <cstdlib>

namespace ae {

namespace {

volatile std::sig_atomic_t noted = 0;  // a handler can reach nothing but an object with static storage

extern "C" void note_signal(int signal) {
    if (noted != 0) std::_Exit(128 + signal);
    noted = signal;
}

void handle(void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

SignalGuard::SignalGuard() {
    noted = 0;
    handle(note_signal);
}

SignalGuard::~SignalGuard() {
    handle(SIG_DFL);
}

int SignalGuard::received() noexcept {
    return noted;
}

}  // namespace ae
