// Turns: the emulator is made for one thread at a time, and in some tests ranks are threads.
#pragma once
#include <functional>

namespace emulator {

/// While it lives, its thread has the turn; the constructor waits for it.
class Turn {
public:
    Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();
};

/// Calls wait(), which waits for other threads. Where this thread has the turn, others may take it meanwhile.
void wait_for_others(const std::function<void()>& wait);

}  // namespace emulator
