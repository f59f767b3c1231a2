#include "block.h"

#include <algorithm>

namespace simt {

namespace {

std::string text(uint3 v) {
    return "(" + std::to_string(v.x) + "," + std::to_string(v.y) + "," + std::to_string(v.z) + ")";
}

bool in_mask(const Lane& lane, unsigned mask) {
    return (mask >> lane.in_warp() & 1) != 0;
}

/// Whether all lanes that `first` names have come to the same operation.
bool complete(std::span<Lane* const> warp, const Lane& first) {
    bool all_here = true;
    for (const Lane* lane : warp) {
        if (!in_mask(*lane, first.request.mask)) continue;
        if (lane->wait == Wait::exited)
            throw Error("a warp operation waits for a lane that has exited:" + where(first));
        const bool same = lane->line == first.line && lane->request.mask == first.request.mask &&
                          lane->request.shuffles == first.request.shuffles;
        if (lane->wait == Wait::warp && !same)
            throw Error("lanes of one warp are at different warp operations:" + where(first) + " and" + where(*lane));
        all_here = all_here && lane->wait == Wait::warp;
    }
    return all_here;
}

void exchange(std::span<Lane* const> warp, unsigned mask) {
    for (Lane* lane : warp) {
        if (!in_mask(*lane, mask)) continue;
        WarpRequest& request = lane->request;
        if (request.shuffles) {
            if (request.source >= warp.size() || (mask >> request.source & 1) == 0)
                throw Error("a shuffle reads a lane outside its mask:" + where(*lane));
            request.result = warp[request.source]->request.value;
        }
        lane->wait = Wait::nothing;
    }
}

}  // namespace

std::string where(const Lane& lane) {
    return " block " + text(lane.block->index) + " thread " + text(lane.thread) +
           (lane.line == 0 ? "" : " at line " + std::to_string(lane.line));
}

bool Block::release_warp(unsigned w) {
    const auto lanes_of_warp = warp(w);
    bool released = false;
    for (const Lane* lane : lanes_of_warp) {
        if (lane->wait != Wait::warp || !complete(lanes_of_warp, *lane)) continue;
        exchange(lanes_of_warp, lane->request.mask);
        ++warp_syncs[w];
        released = true;
    }
    return released;
}

bool Block::release_barrier() {
    const auto waits = [](const Lane* lane) { return lane->wait == Wait::barrier; };
    const auto first = std::ranges::find_if(lanes, waits);
    if (first == lanes.end()) return false;
    if (!std::ranges::all_of(lanes, [&](const Lane* lane) { return waits(lane) || lane->wait == Wait::exited; }))
        return false;
    for (Lane* lane : lanes) {
        if (lane->wait == Wait::exited) throw Error("a barrier waits for threads that have exited:" + where(**first));
        if (lane->line != (*first)->line)
            throw Error("threads of one block are at different barriers:" + where(**first) + " and" + where(*lane));
    }
    for (Lane* lane : lanes) {
        lane->wait = Wait::nothing;
        ++lane->barriers;
    }
    return true;
}

bool Block::release_waiting() {
    bool released = release_barrier();
    for (unsigned w = 0; w < warps(); ++w) released = release_warp(w) || released;
    return released;
}

}  // namespace simt
