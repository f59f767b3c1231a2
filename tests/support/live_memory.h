// The amount of memory that the program holds. A test program includes this in one source file: it replaces operator
// new.
#pragma once
#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace ae::test {

inline std::atomic<std::size_t>& live_counter() {
    static std::atomic<std::size_t> bytes = 0;
    return bytes;
}
inline std::atomic<std::size_t>& peak_counter() {
    static std::atomic<std::size_t> bytes = 0;
    return bytes;
}

inline std::size_t live_memory() {
    return live_counter();
}
inline std::size_t peak_memory() {
    return peak_counter();
}

/// The peak counts from here; returns what is live.
inline std::size_t restart_peak_memory() {
    peak_counter() = live_memory();
    return live_memory();
}

}  // namespace ae::test

// std::stable_sort allocates with this form and gives back with delete below: replaced together or not at all.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    void* memory = std::malloc(bytes);
    if (!memory) return nullptr;
    const std::size_t live = ae::test::live_counter() += malloc_usable_size(memory);
    if (live > ae::test::peak_memory()) ae::test::peak_counter() = live;
    return memory;
}
void* operator new(std::size_t bytes) {
    void* memory = operator new(bytes, std::nothrow);
    if (!memory) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept {
    ae::test::live_counter() -= malloc_usable_size(memory);
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    operator delete(memory);
}
