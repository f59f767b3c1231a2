// Runs a grid block after block, and the lanes of a block on fibers, in an order drawn from the seed.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <utility>

#include "block.h"
#include "sanitizers.h"
#include "simt.h"

namespace simt {

namespace {

constexpr std::uint64_t kForward = 0, kReverse = 1, kDefaultSeed = 2;

/// A context of the race detector sees its own accesses as ordered, so neighbouring blocks must not share contexts:
/// as many lanes rest before one is used again.
constexpr std::size_t kRestingLanes = sanitizer::kFindsRaces ? 1024 : 0;

/// Fresh shared memory reads as NaN.
constexpr int kUnset = 0xFF;

using Random = std::mt19937_64;

struct Scheduler {
    const std::function<void()>* kernel = nullptr;
    Lane* current = nullptr;
    const char* failure = nullptr;  // of the current lane
    std::vector<std::unique_ptr<Lane>> lanes;
    std::deque<Lane*> resting;
    std::vector<void*> shared_memory;  // of all blocks of this launch, freed at its end
    std::uint64_t launches = 0;
    std::uint64_t start_sync = 0, end_sync = 0, allocation_sync = 0, fence_sync = 0;  // addresses, for sanitizer::
};

Scheduler& scheduler() {
    static auto* one = new Scheduler;  // never destroyed: fibers live as long as the process
    return *one;
}

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

/// Shared memory must stay until the end of the launch: freeing it earlier would order the blocks for the race
/// detector.
void* new_shared_memory(std::size_t bytes) {
    void* memory = std::malloc(std::max<std::size_t>(bytes, 1));
    if (memory == nullptr) throw std::bad_alloc();
    std::memset(memory, kUnset, bytes);
    scheduler().shared_memory.push_back(memory);
    return memory;
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

template <typename T>
void arrange(std::vector<T>& items, Random& random) {
    if (seed() == kReverse) std::ranges::reverse(items);
    if (seed() > kReverse) std::ranges::shuffle(items, random);
}

/// Chooses what runs next: everything that can, or in random order one warp, often the same again, so that warps drift
/// apart as on a GPU.
class Order {
public:
    explicit Order(std::uint64_t launch) : random_(seed() * 0x9E3779B97F4A7C15u + launch) {}

    std::vector<std::size_t> blocks(std::size_t count) {
        std::vector<std::size_t> order(count);
        for (std::size_t i = 0; i < count; ++i) order[i] = i;
        arrange(order, random_);
        return order;
    }

    void choose(const Block& block, std::vector<Lane*>& ready) {
        ready.clear();
        for (Lane* lane : block.lanes)
            if (lane->wait == Wait::nothing) ready.push_back(lane);
        if (seed() > kReverse && !ready.empty()) keep_one_warp(ready);
        arrange(ready, random_);
    }

private:
    void keep_one_warp(std::vector<Lane*>& ready) {
        const auto other = [&](const Lane* lane) { return lane->index / kWarp != warp_; };
        if (random_() % 8 == 0 || std::ranges::all_of(ready, other))
            warp_ = ready[random_() % ready.size()]->index / kWarp;
        std::erase_if(ready, other);
    }

    Random random_;
    unsigned warp_ = 0;
};

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

/// The lanes of a failed block never end; for the race detector what they did has ended.
void abandon(const Block& block) {
    for (const Lane* lane : block.lanes) {
        lane->fiber.act_as_fiber();
        sanitizer::release(&scheduler().end_sync);
        Fiber::act_as_thread();
    }
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
        s.resting.insert(s.resting.end(), block.lanes.begin(), block.lanes.end());
    }
}

/// Ends the current lane and, when the scheduler sees it, the launch. Strings are made there: a lane's allocations
/// would look like races.
[[noreturn]] void fail_lane(const char* what) {
    Scheduler& s = scheduler();
    s.failure = what;
    for (;;) s.current->fiber.pause();
}

void wait_for(Wait what, int line, void* sync) {
    Lane& lane = *scheduler().current;
    lane.wait = what;
    lane.line = line;
    if (sync != nullptr) sanitizer::release(sync);
    lane.fiber.pause();
    if (sync != nullptr) sanitizer::acquire(sync);
}

/// Shuffles order nothing in memory (CUDA C++ Programming Guide, "Warp Shuffle Functions"); only __syncwarp does.
void wait_for_warp(int line, const WarpRequest& request) {
    Lane& lane = *scheduler().current;
    const unsigned warp = lane.index / kWarp;
    lane.request = request;
    lane.line = line;
    if ((request.mask >> lane.in_warp() & 1) == 0) fail_lane("a lane calls a warp operation whose mask leaves it out:");
    const unsigned turn = lane.block->warp_syncs[warp] & 1;
    wait_for(Wait::warp, line, request.shuffles ? nullptr : &lane.block->warp_sync[warp][turn]);
}

}  // namespace

std::uint64_t seed() {
    static const char* text = std::getenv("AE_EMULATOR_SEED");
    static const std::uint64_t value = text == nullptr ? kDefaultSeed : std::strtoull(text, nullptr, 0);
    return value;
}

bool can_run(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes) {
    constexpr std::size_t kThreads = 1024, kDepth = 64, kExtent = 65535, kWidth = 0x7FFFFFFF;
    const std::size_t threads = volume(block);
    return threads >= 1 && threads <= kThreads && block.z <= kDepth && volume(grid) >= 1 && grid.x <= kWidth &&
           grid.y <= kExtent && grid.z <= kExtent && dynamic_shared_bytes <= kSharedBytes;
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

void barrier(int line) {
    Lane& lane = *scheduler().current;
    wait_for(Wait::barrier, line, &lane.block->barrier_sync[lane.barriers & 1]);
}

void sync_warp(unsigned mask, int line) {
    wait_for_warp(line, {.mask = mask});
}

std::uint64_t shuffle(unsigned mask, std::uint64_t value, unsigned source, int line) {
    wait_for_warp(line, {.shuffles = true, .mask = mask, .source = source, .value = value});
    return scheduler().current->request.result;
}

unsigned lane_in_warp() {
    return scheduler().current->in_warp();
}

void* shared_array(const void* key, std::size_t bytes) {
    Scheduler& s = scheduler();
    Block& block = *s.current->block;
    std::size_t i = 0;
    while (i < block.array_count && block.arrays[i].key != key) ++i;
    if (i == block.array_count) {
        block.shared_bytes += bytes;
        if (block.shared_bytes > kSharedBytes || i == Block::kMaxArrays)
            fail_lane("more than 48 KiB or 16 arrays of shared memory:");
        Fiber::act_as_thread();
        block.arrays[block.array_count++] = {key, new_shared_memory(bytes)};
        sanitizer::release(&s.allocation_sync);
        s.current->fiber.act_as_fiber();
    }
    sanitizer::acquire(&s.allocation_sync);
    return block.arrays[i].memory;
}

void* dynamic_shared() {
    return scheduler().current->block->dynamic_shared;
}

void fence() {
    sanitizer::release(&scheduler().fence_sync);
    sanitizer::acquire(&scheduler().fence_sync);
}

}  // namespace simt
