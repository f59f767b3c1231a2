// shfl, ldmatrix and mma: what the lanes of a warp do together.
#include <cstring>

#include "block_run.h"

namespace ptx {

namespace {

constexpr int kMatrixRows = 8, kRowBytes = 16;

using Shuffle = Operation::Shuffle;

/// The lane that a lane takes its value from, for groups of all 32.
int source_lane(Shuffle way, int lane, int by) {
    switch (way) {
        case Shuffle::exclusive_or:
            return lane ^ by;
        case Shuffle::index:
            return by;
        case Shuffle::up:
            return lane - by < 0 ? lane : lane - by;
        case Shuffle::down:
            return lane + by >= kLanes ? lane : lane + by;
    }
    return lane;
}

template <std::size_t kCount>
std::array<const Lanes*, kCount> registers_of(const Warp& warp, const Operand& operand) {
    std::array<const Lanes*, kCount> all;
    for (std::size_t n = 0; n < kCount; ++n) all[n] = &warp.value(operand.list.at(n));
    return all;
}

}  // namespace

/// Operands: destination, perhaps a predicate, value, distance, bounds of the group, lanes that take part.
void BlockRun::shuffle(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const std::size_t first = i.operands.size() - 4;
    const Lanes values = warp.value(i.operand(first)), distances = warp.value(i.operand(first + 1)),
                bounds = warp.value(i.operand(first + 2));
    for_each_lane(lanes, [&](int lane) {
        const auto l = static_cast<std::size_t>(lane);
        const std::uint64_t whole_warp = i.operation->shuffle == Shuffle::up ? 0 : 31;
        if ((bounds[l] & 0x1FFF) != whole_warp) fail("only shuffles within the whole warp are modelled", warp, i, lane);
        const int from = source_lane(i.operation->shuffle, lane, static_cast<int>(distances[l] & 31));
        if ((lanes >> from & 1) == 0) fail("a value is taken from a lane that is not there", warp, i, lane);
        warp.destination(i.destination())[l] = values[static_cast<std::size_t>(from)];
        if (first == 2) warp.destination(i.operand(1))[l] = 1;
    });
}

/// Lanes 8m … 8m + 7 give the rows of matrix m. Addresses of the lanes beyond are not used, and must still be valid.
void BlockRun::load_matrix(Warp& warp, const Instruction& i) {
    if (warp.living != kAllLanes) fail("an instruction for the whole warp is reached by part of it", warp, i);
    const Operand& address = i.operands[1];
    LaneAddresses rows{.at = warp.value(address.at), .lanes = 0, .bytes = kRowBytes};
    for (int lane = 0; lane < kLanes; ++lane) {
        std::uint64_t& at = rows.at[static_cast<std::size_t>(lane)];
        at = (at + static_cast<std::uint64_t>(address.offset)) & 0xFFFFFFFFu;
        if (at % kRowBytes != 0) fail("a row of ldmatrix is not at a multiple of 16 bytes", warp, i, lane);
        if (at + kRowBytes > shared_.size()) fail("a row of ldmatrix lies beyond shared memory", warp, i, lane);
        if (lane < kMatrixRows * i.operation->vector) (void)shared_memory(warp, i, lane, at, kRowBytes);
    }
    for (int m = 0; m < i.operation->vector; ++m) {
        Lanes& to = warp.destination(i.operands[0].list[static_cast<std::size_t>(m)]);
        for (int lane = 0; lane < kLanes; ++lane) {
            std::uint16_t halves[2];
            for (int half = 0; half < 2; ++half) {
                const Cell cell = cell_of_loaded(lane, half, i.operation->transposed);
                const std::uint64_t row = rows.at[static_cast<std::size_t>(kMatrixRows * m + cell.row)];
                std::memcpy(&halves[half], shared_.at(row) + 2 * cell.col, 2);
            }
            to[static_cast<std::size_t>(lane)] = halves[0] | static_cast<std::uint64_t>(halves[1]) << 16;
        }
        rows.lanes |= 0xFFu << kMatrixRows * m;
    }
    around_.counters.count_shared(rows);
}

void BlockRun::multiply(Warp& warp, const Instruction& i) {
    if (warp.living != kAllLanes) fail("an instruction for the whole warp is reached by part of it", warp, i);
    std::array<Lanes, kRegistersD> sum;
    multiply_add(sum, registers_of<kRegistersA>(warp, i.operands[1]), registers_of<kRegistersB>(warp, i.operands[2]),
                 registers_of<kRegistersD>(warp, i.operands[3]), around_.rounding);
    for (std::size_t n = 0; n < kRegistersD; ++n) warp.destination(i.operands[0].list.at(n)) = sum[n];
}

}  // namespace ptx
