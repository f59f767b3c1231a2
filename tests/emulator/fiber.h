// A fiber: a stack of its own, on which code runs until it hands control back.
#pragma once

namespace simt {

/// Fibers are entered from one OS thread, never from another fiber. One that is destroyed while it pauses is not
/// unwound.
class Fiber {
public:
    /// `main` runs on the fiber at the first resume(); it must not return.
    explicit Fiber(void (*main)());
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    ~Fiber();

    /// Goes on where the fiber paused; returns when it pauses again.
    void resume();
    /// Called on the fiber: returns when it is resumed.
    void pause();

    /// For the race detector: what is done between the two is done by the OS thread, not by this fiber.
    static void act_as_thread();
    void act_as_fiber() const;

    /// The OS thread as it is now; to be called before the first resume() of a launch.
    static void remember_thread();

private:
    static void start();

    void* stack_pointer_ = nullptr;
    void* context_ = nullptr;     // TSan's
    void* fake_stack_ = nullptr;  // ASan's
    char* stack_ = nullptr;
    void (*main_)();
};

}  // namespace simt
