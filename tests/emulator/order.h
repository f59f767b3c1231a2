// In which order a launch runs its blocks, and the warps and lanes of a block.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "block.h"

namespace simt {

/// Forward, reverse or random, as seed() says.
class Order {
public:
    /// launch: how many came before, so that each has an order of its own.
    explicit Order(std::uint64_t launch);

    std::vector<std::size_t> blocks(std::size_t count);

    /// ready ← the lanes that run next: all that can or, in random order, those of one warp, often the same again, so
    /// that warps drift apart as on a GPU. Empty where all lanes wait or have exited.
    void choose(const Block& block, std::vector<Lane*>& ready);

private:
    template <typename T>
    void arrange(std::vector<T>& items);
    void keep_one_warp(std::vector<Lane*>& ready);

    std::mt19937_64 random_;
    unsigned warp_ = 0;
};

}  // namespace simt
