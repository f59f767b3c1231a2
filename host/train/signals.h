// The signals that ask a run to stop after its current steps: Ctrl-C, a terminal that goes away, a batch system.
#pragma once
#include <array>
#include <csignal>

namespace ae {

/// While one of these lives, SIGINT, SIGTERM, SIGHUP, SIGXCPU and SIGUSR1 are noted instead of ending the process; a
/// second SIGINT or SIGTERM ends it at once. What was ignored when the process began, as SIGHUP is under nohup, stays
/// ignored. Not nested.
class SignalGuard {
public:
    SignalGuard();
    ~SignalGuard();
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;

    /// The signal that was noted, 0 for none.
    static int received() noexcept;

private:
    static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1};

    std::array<struct sigaction, kSignals.size()> before_ = {};
};

}  // namespace ae
