#include "order.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace simt {

namespace {

constexpr std::uint64_t kReverse = 1, kDefaultSeed = 2;  // 0: forward

}  // namespace

std::uint64_t seed() {
    static const char* text = std::getenv("AE_EMULATOR_SEED");
    static const std::uint64_t value = text == nullptr ? kDefaultSeed : std::strtoull(text, nullptr, 0);
    return value;
}

Order::Order(std::uint64_t launch) : random_(seed() * 0x9E3779B97F4A7C15u + launch) {}

template <typename T>
void Order::arrange(std::vector<T>& items) {
    if (seed() == kReverse) std::ranges::reverse(items);
    if (seed() > kReverse) std::ranges::shuffle(items, random_);
}

std::vector<std::size_t> Order::blocks(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t(0));
    arrange(order);
    return order;
}

void Order::choose(const Block& block, std::vector<Lane*>& ready) {
    ready.clear();
    for (Lane* lane : block.lanes)
        if (lane->wait == Wait::nothing) ready.push_back(lane);
    if (seed() > kReverse && !ready.empty()) keep_one_warp(ready);
    arrange(ready);
}

void Order::keep_one_warp(std::vector<Lane*>& ready) {
    constexpr unsigned kTurnsOfAWarp = 8;  // on average, before another warp has its turn
    const auto other = [&](const Lane* lane) { return lane->index / kWarp != warp_; };
    if (random_() % kTurnsOfAWarp == 0 || std::ranges::all_of(ready, other))
        warp_ = ready[random_() % ready.size()]->index / kWarp;
    std::erase_if(ready, other);
}

}  // namespace simt
