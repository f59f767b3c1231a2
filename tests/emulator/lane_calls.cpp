// The calls of a running lane; the other half of simt.h is in scheduler.cpp.
//
// Lanes must not allocate: the race detector would see their allocations as races with the scheduler's.
#include "sanitizers.h"
#include "scheduler.h"

namespace simt {

namespace {

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
    if ((request.mask >> lane.in_warp() & 1) == 0) fail("a lane calls a warp operation whose mask leaves it out:");
    const unsigned turn = lane.block->warp_syncs[warp] & 1;
    wait_for(Wait::warp, line, request.shuffles ? nullptr : &lane.block->warp_sync[warp][turn]);
}

}  // namespace

/// When the scheduler sees it. Strings are made there: a lane's allocations would look like races.
void fail(const char* what) {
    Scheduler& s = scheduler();
    s.failure = what;
    for (;;) s.current->fiber.pause();
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
        if (block.shared_bytes > block.shared_limit || i == Block::kMaxArrays)
            fail("more shared memory than was asked for, 48 KiB without asking, or more than 16 arrays:");
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
