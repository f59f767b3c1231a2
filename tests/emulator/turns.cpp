#include "turns.h"

#include <mutex>

namespace emulator {

namespace {

std::mutex& turn() {
    static std::mutex one;
    return one;
}

thread_local bool has_turn = false;

void take() {
    turn().lock();
    has_turn = true;
}

void give() {
    has_turn = false;
    turn().unlock();
}

}  // namespace

Turn::Turn() {
    take();
}

Turn::~Turn() {
    give();
}

void wait_for_others(const std::function<void()>& wait) {
    if (!has_turn) return wait();
    give();
    wait();
    take();
}

}  // namespace emulator
