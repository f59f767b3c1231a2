// Makes system calls of the code under test fail, one by one.
//
// A test program that is linked with failing_calls.cpp has definitions of open, write, … that come before those of the
// C library, for the program and its libraries alike; they forward to the kernel unless a FailingCalls says no.
#pragma once
#include <cerrno>
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
