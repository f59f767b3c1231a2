// Runs a grid block after block, and the lanes of a block on fibers, in an order drawn from the seed.
#include "scheduler.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "order.h"
#include "sanitizers.h"

namespace simt {

namespace {

/// A context of the race detector sees its own accesses as ordered, so neighbouring blocks must not share contexts:
/// as many lanes rest before one is used again.
constexpr std::size_t kRestingLanes = sanitizer::kFindsRaces ? 512 : 0;

/// Fresh shared memory reads as NaN.
constexpr int kUnset = 0xFF;

void lane_main() {
    Scheduler& s = scheduler();
    for (;;) {
        sanitizer::acquire(&s.start_sync);
        (*s.kernel)();
        sanitizer::release(&s.end_sync);
        s.current->wait = Wait::exited;
        s.current->fiber.pause();
    }
}

Lane* take_lane() {
    Scheduler& s = scheduler();
    if (s.resting.size() <= kRestingLanes) return s.lanes.emplace_back(std::make_unique<Lane>(lane_main)).get();
    Lane* lane = s.resting.front();
    s.resting.pop_front();
    return lane;
}

uint3 unflatten(std::size_t i, dim3 extent) {
    return {unsigned(i % extent.x), unsigned(i / extent.x % extent.y), unsigned(i / extent.x / extent.y)};
}

std::size_t volume(dim3 d) {
    return std::size_t(d.x) * d.y * d.z;
}

void fill(Block& block, std::size_t index, std::size_t dynamic_bytes) {
    block.index = unflatten(index, gridDim);
    block.dynamic_shared = new_shared_memory(dynamic_bytes);
    block.shared_bytes = dynamic_bytes;
    block.shared_limit = std::max(kSharedBytes, dynamic_bytes);
    for (std::size_t t = 0; t < volume(blockDim); ++t) {
        Lane* lane = take_lane();
        lane->block = &block;
        lane->thread = unflatten(t, blockDim);
        lane->index = unsigned(t);
        lane->barriers = 0;
        lane->wait = Wait::nothing;
        lane->line = 0;
        block.lanes.push_back(lane);
    }
}

void resume(Lane& lane) {
    Scheduler& s = scheduler();
    s.current = &lane;
    threadIdx = lane.thread;
    blockIdx = lane.block->index;
    lane.fiber.resume();
    if (s.failure != nullptr) throw Error(std::exchange(s.failure, nullptr) + where(lane));
}

void run_block(Block& block, Order& order) {
    std::vector<Lane*> ready;
    for (;;) {
        order.choose(block, ready);
        for (Lane* lane : ready) resume(*lane);
        if (block.release_waiting() || !ready.empty()) continue;
        for (const Lane* lane : block.lanes)
            if (lane->wait != Wait::exited) throw Error("deadlock, threads wait at different places:" + where(*lane));
        return;
    }
}

/// The lanes of a failed block stand somewhere in the kernel and cannot be used again.
void abandon(const Block& block) {
    for (const Lane* lane : block.lanes) {
        lane->fiber.act_as_fiber();
        sanitizer::release(&scheduler().end_sync);  // or freeing what they wrote to would be a race
        Fiber::act_as_thread();
    }
    std::erase_if(scheduler().lanes, [&](const auto& lane) { return lane->block == &block; });
}

void finish_launch() {
    Scheduler& s = scheduler();
    sanitizer::acquire(&s.end_sync);
    for (void* memory : std::exchange(s.shared_memory, {})) std::free(memory);
}

void run_grid(std::size_t dynamic_bytes) {
    Scheduler& s = scheduler();
    Order order(s.launches++);
    for (const std::size_t index : order.blocks(volume(gridDim))) {
        Block block;
        fill(block, index, dynamic_bytes);
        sanitizer::release(&s.start_sync);
        try {
            run_block(block, order);
        } catch (...) {
            abandon(block);
            throw;
        }
        for (Lane* lane : block.lanes) {
            lane->block = nullptr;
            s.resting.push_back(lane);
        }
    }
}

}  // namespace

Scheduler& scheduler() {
    static auto* one = new Scheduler;  // never destroyed: no order of destruction would suit all its users
    return *one;
}

/// Freeing it before the end of the launch would order the blocks for the race detector.
void* new_shared_memory(std::size_t bytes) {
    void* memory = std::malloc(std::max<std::size_t>(bytes, 1));
    if (memory == nullptr) throw std::bad_alloc();
    std::memset(memory, kUnset, bytes);
    scheduler().shared_memory.push_back(memory);
    return memory;
}

bool can_run(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes, std::size_t limit) {
    constexpr std::size_t kThreads = 1024, kDepth = 64, kExtent = 65535, kWidth = 0x7FFFFFFF;
    const std::size_t threads = volume(block);
    return threads >= 1 && threads <= kThreads && block.z <= kDepth && volume(grid) >= 1 && grid.x <= kWidth &&
           grid.y <= kExtent && grid.z <= kExtent && dynamic_shared_bytes <= limit;
}

void run(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes, const std::function<void()>& kernel) {
    gridDim = grid;
    blockDim = block;
    scheduler().kernel = &kernel;
    Fiber::remember_thread();
    try {
        run_grid(dynamic_shared_bytes);
    } catch (const Error& e) {
        finish_launch();
        throw Error("emulator: " + std::string(e.what()) + " (AE_EMULATOR_SEED=" + std::to_string(seed()) + ")");
    }
    finish_launch();
}

}  // namespace simt
