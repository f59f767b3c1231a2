// ld and st, with what can be wrong with them.
#include <cstring>

#include "block_run.h"

namespace ptx {

namespace {

bool stores(const Instruction& i) {
    return i.operation->kind == Operation::Kind::store;
}

/// The register of the n-th element of a list, or of a single value.
int register_of(const Operand& data, int n) {
    return data.kind == Operand::Kind::list ? data.list[static_cast<std::size_t>(n)] : data.at;
}

std::uint64_t extended(std::uint64_t bits, const Type& type) {
    if (!type.is_signed) return bits;
    const int above = 64 - 8 * type.bytes;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << above) >> above);
}

void transfer(Warp& warp, const Instruction& i, std::size_t lane, std::uint8_t* memory) {
    const Operation& operation = *i.operation;
    const auto bytes = static_cast<std::size_t>(operation.type.bytes);
    const Operand& data = i.operands[stores(i) ? 1 : 0];
    for (int n = 0; n < operation.vector; ++n, memory += bytes) {
        const int at = register_of(data, n);
        if (at == Operand::kNone) continue;
        if (stores(i)) {
            std::memcpy(memory, &warp.value(at)[lane], bytes);
        } else {
            std::uint64_t bits = 0;
            std::memcpy(&bits, memory, bytes);
            warp.destination(at)[lane] = extended(bits, operation.type);
        }
    }
}

}  // namespace

void BlockRun::access(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    const LaneAddresses all = addresses(warp, i, lanes);
    for_each_lane(lanes, [&](int lane) {
        const auto l = static_cast<std::size_t>(lane);
        if (all.at[l] % static_cast<std::uint64_t>(all.bytes) != 0) fail("a misaligned access", warp, i, lane);
        transfer(warp, i, l, memory_of(warp, i, lane, all.at[l]));
    });
    if (i.operation->space == Space::shared) around_.counters.count_shared(all);
    if (i.operation->space == Space::global || i.operation->space == Space::generic) around_.counters.count_global(all);
}

LaneAddresses BlockRun::addresses(const Warp& warp, const Instruction& i, std::uint32_t lanes) const {
    const Operand& address = i.operands[stores(i) ? 0 : 1];
    LaneAddresses all{
        .at = warp.value(address.at), .lanes = lanes, .bytes = i.operation->type.bytes * i.operation->vector};
    for (std::uint64_t& at : all.at) {
        at += static_cast<std::uint64_t>(address.offset);
        if (i.operation->space == Space::shared) at &= 0xFFFFFFFFu;  // its addresses have 32 bits
    }
    return all;
}

/// Where the lane's bytes lie. A generic address is taken for one of global memory, where it must lie.
std::uint8_t* BlockRun::memory_of(Warp& warp, const Instruction& i, int lane, std::uint64_t address) {
    const int bytes = i.operation->type.bytes * i.operation->vector;
    const auto end = address + static_cast<std::uint64_t>(bytes);
    switch (i.operation->space) {
        case Space::shared:
            return shared_memory(warp, i, lane, address, bytes);
        case Space::param:
            if (end > launch_.parameters.size()) fail("an access beyond the parameters", warp, i, lane);
            return const_cast<std::uint8_t*>(launch_.parameters.data()) + address;  // which nobody stores to
        case Space::local:
            if (end > static_cast<std::uint64_t>(launch_.kernel.local_bytes))
                fail("an access beyond local memory", warp, i, lane);
            return warp.local.data() + lane * launch_.kernel.local_bytes + address;
        case Space::global:
        case Space::generic:
            break;
    }
    return global_memory(warp, i, lane, address, bytes);
}

std::uint8_t* BlockRun::shared_memory(Warp& warp, const Instruction& i, int lane, std::uint64_t address, int bytes) {
    const auto size = static_cast<std::size_t>(bytes);
    if (address + size > shared_.size())
        fail("an access beyond the " + std::to_string(shared_.size()) + " bytes of shared memory", warp, i, lane);
    const SharedToucher by{static_cast<std::uint16_t>(warp.thread(lane)), static_cast<std::uint16_t>(warp.index),
                           warp.barriers, warp.warp_barriers};
    report(stores(i) ? shared_.write(address, size, by) : shared_.read(address, size, by), warp, i, lane);
    return shared_.at(address);
}

std::uint8_t* BlockRun::global_memory(Warp& warp, const Instruction& i, int lane, std::uint64_t address, int bytes) {
    const auto size = static_cast<std::size_t>(bytes);
    GlobalMemory& memory = around_.memory;
    if (!memory.contains(address, size)) fail("an access outside of what is allocated", warp, i, lane);
    const Toucher by{launch_.number, block_, warp.barriers, static_cast<std::uint16_t>(warp.thread(lane)), warp.waited};
    report(stores(i) ? memory.write(address, size, by) : memory.read(address, size, by), warp, i, lane);
    return reinterpret_cast<std::uint8_t*>(address);
}

}  // namespace ptx
