#include "fiber.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>

#include "sanitizers.h"

#if !defined(__x86_64__)
#error "tests/emulator: swap_stacks() is written for x86-64; write it for this processor or build with -DAE_TESTS=OFF"
#endif

namespace simt {

namespace {

constexpr std::size_t kStackBytes = 128 << 10;
constexpr std::size_t kGuardBytes = 4096;

struct Thread {
    void* stack_pointer = nullptr;
    void* context = nullptr;
    void* fake_stack = nullptr;
    const void* stack = nullptr;
    std::size_t stack_bytes = 0;
};
Thread thread;
Fiber* starting = nullptr;

/// Saves the registers that a callee keeps (System V ABI) on this stack, and goes on where `to` has them saved.
__attribute__((naked, noinline)) void swap_stacks(void** /*save*/, void* /*to*/) {
    asm("push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15;"
        "mov %rsp, (%rdi); mov %rsi, %rsp;"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret");
}

char* map_stack() {
    void* memory = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, kGuardBytes, PROT_NONE) != 0) throw std::bad_alloc();
    return static_cast<char*>(memory) + kGuardBytes;
}

/// A stack as swap_stacks() would have left it in a function about to enter `start`.
void* prepare_stack(char* stack, void (*start)()) {
    constexpr int kSavedRegisters = 6;
    auto** top = reinterpret_cast<void**>(stack + kStackBytes) - 3;  // the ABI wants rsp = 8 mod 16 at entry
    top[0] = nullptr;                                                // return address of `start`: ends back traces
    top[-1] = reinterpret_cast<void*>(start);
    return top - 1 - kSavedRegisters;
}

}  // namespace

Fiber::Fiber(void (*main)()) : context_(sanitizer::new_context()), stack_(map_stack()), main_(main) {
    stack_pointer_ = prepare_stack(stack_, start);
}

Fiber::~Fiber() {
    sanitizer::destroy_context(context_);
    sanitizer::unpoison(stack_, kStackBytes);  // the frames that were left there
    munmap(stack_ - kGuardBytes, kGuardBytes + kStackBytes);
}

void Fiber::start() {
    sanitizer::end_switch(nullptr, &thread.stack, &thread.stack_bytes);
    starting->main_();
}

void Fiber::resume() {
    starting = this;
    sanitizer::begin_switch(&thread.fake_stack, stack_, kStackBytes);
    sanitizer::switch_context(context_);
    swap_stacks(&thread.stack_pointer, stack_pointer_);
    sanitizer::end_switch(thread.fake_stack, nullptr, nullptr);
}

void Fiber::pause() {
    sanitizer::begin_switch(&fake_stack_, thread.stack, thread.stack_bytes);
    sanitizer::switch_context(thread.context);
    swap_stacks(&stack_pointer_, thread.stack_pointer);
    sanitizer::end_switch(fake_stack_, &thread.stack, &thread.stack_bytes);
}

void Fiber::act_as_thread() {
    sanitizer::switch_context(thread.context);
}

void Fiber::act_as_fiber() const {
    sanitizer::switch_context(context_);
}

void Fiber::remember_thread() {
    thread.context = sanitizer::current_context();
}

}  // namespace simt
