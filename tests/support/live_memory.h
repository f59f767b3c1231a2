// A count of the memory that the program holds. A test program that is linked with live_memory.cpp counts what operator
// new gives.
#pragma once
#include <atomic>
#include <cstddef>

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
