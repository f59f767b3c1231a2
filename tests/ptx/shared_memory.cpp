#include "shared_memory.h"

#include <limits>

namespace ptx {

namespace {

constexpr std::uint8_t kUnset = 0xFF;  // a NaN in every format
constexpr std::uint16_t kSeveral = std::numeric_limits<std::uint16_t>::max();

/// Whether a barrier, of the block or of the warp that both belong to, lies between an access and one before it.
bool ordered(const SharedToucher& before, const SharedToucher& now) {
    if (before.barriers != now.barriers || before.thread == now.thread) return true;
    return before.warp == now.warp && before.warp_barriers != now.warp_barriers;
}

/// Who has read since the last barrier: one thread, several of one warp, several of several warps.
SharedToucher joined(const SharedToucher& before, const SharedToucher& now) {
    SharedToucher all = now;
    if (ordered(before, now)) return all;
    all.thread = kSeveral;
    if (before.warp != now.warp) all.warp = kSeveral;
    return all;
}

}  // namespace

void SharedMemory::reset(std::size_t bytes) {
    bytes_.assign(bytes, kUnset);
    granules_.assign((bytes + kGranule - 1) / kGranule, Granule());
}

const char* SharedMemory::read(std::uint64_t address, std::size_t bytes, const SharedToucher& by) {
    const char* wrong = nullptr;
    for (std::size_t g = address / kGranule; g <= (address + bytes - 1) / kGranule; ++g) {
        Granule& granule = granules_[g];
        if (!granule.written) wrong = "shared memory is read that nobody has written";
        if (granule.written && !ordered(granule.writer, by))
            wrong = "race: shared memory is read that another thread writes";
        granule.reader = granule.has_reader ? joined(granule.reader, by) : by;
        granule.has_reader = true;
    }
    return wrong;
}

const char* SharedMemory::write(std::uint64_t address, std::size_t bytes, const SharedToucher& by) {
    const char* wrong = nullptr;
    for (std::size_t g = address / kGranule; g <= (address + bytes - 1) / kGranule; ++g) {
        Granule& granule = granules_[g];
        if (granule.written && !ordered(granule.writer, by)) wrong = "race: two threads write to shared memory";
        if (granule.has_reader && !ordered(granule.reader, by))
            wrong = "race: shared memory is written that another thread reads";
        granule.writer = by;
        granule.written = true;
    }
    return wrong;
}

}  // namespace ptx
