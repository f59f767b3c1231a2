// Ctrl-C and SIGTERM: the first one asks the run to stop after the current steps, the second one ends it at once.
#pragma once

namespace ae {

/// While one of these lives, SIGINT and SIGTERM are noted instead of ending the process. Not nested.
class SignalGuard {
public:
    SignalGuard();
    ~SignalGuard();
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;

    /// The signal that was noted, 0 for none.
    static int received() noexcept;
};

}  // namespace ae
