#include "block_run.h"

#include <algorithm>

#include "error.h"

namespace ptx {

namespace {

using Kind = Operation::Kind;

constexpr std::uint64_t kUnsetRegister = 0xFFFFFFFFFFFFFFFFu;  // a NaN in every format
constexpr std::uint8_t kUnsetByte = 0xFF;

std::uint32_t lanes_of(int threads) {
    return threads >= kLanes ? kAllLanes : (1u << threads) - 1;
}

bool is_aligned(const Instruction& i) {
    const Kind kind = i.operation->kind;
    return kind == Kind::load_matrix || kind == Kind::multiply || kind == Kind::barrier;
}

}  // namespace

BlockRun::BlockRun(const Launch& launch, const Surroundings& surroundings)
    : launch_(launch),
      around_(surroundings),
      constants_(launch.kernel.constants.size()),
      warps_((launch.block.volume() + kLanes - 1) / kLanes) {
    for (std::size_t c = 0; c < constants_.size(); ++c) constants_[c].fill(launch.kernel.constants[c]);
}

void BlockRun::run(std::uint32_t block) {
    block_ = block;
    shared_.reset(static_cast<std::size_t>(launch_.kernel.shared_bytes + launch_.dynamic_shared));
    for (std::size_t w = 0; w < warps_.size(); ++w) {
        warps_[w].index = static_cast<int>(w);
        begin(warps_[w]);
    }
    const auto lives = [](const Warp& warp) { return warp.living != 0; };
    while (std::ranges::any_of(warps_, lives)) {
        for (Warp& warp : warps_)
            while ((warp.living & ~warp.at_barrier) != 0) step(warp);
        for (Warp& warp : warps_) {  // all that live wait: the barrier is passed
            warp.at_barrier = 0;
            ++warp.barriers;
        }
    }
    for (const Warp& warp : warps_) {
        around_.counters.instructions += warp.issued;
        around_.counters.longest_warp = std::max(around_.counters.longest_warp, warp.issued);
    }
}

void BlockRun::begin(Warp& warp) {
    const Kernel& kernel = launch_.kernel;
    Lanes unset;
    unset.fill(kUnsetRegister);
    warp.registers.assign(static_cast<std::size_t>(kernel.registers), unset);
    warp.constants = constants_;
    for (const auto& [at, which] : kernel.specials)
        for (std::size_t l = 0; l < kLanes; ++l)
            warp.destination(at)[l] = special(which, static_cast<std::uint32_t>(warp.thread(static_cast<int>(l))));
    warp.local.assign(static_cast<std::size_t>(kLanes * kernel.local_bytes), kUnsetByte);
    warp.counters.set_all(0);
    warp.living = lanes_of(static_cast<int>(launch_.block.volume()) - kLanes * warp.index);
    warp.at_barrier = warp.at_collective = 0;
    warp.barriers = warp.warp_barriers = 0;
    warp.waited = !launch_.overlaps;
    warp.issued = 0;
}

std::uint64_t BlockRun::special(Special which, std::uint32_t thread) const {
    const Extent &grid = launch_.grid, &block = launch_.block;
    switch (which) {
        case Special::tid_x:
            return thread % block.x;
        case Special::tid_y:
            return thread / block.x % block.y;
        case Special::tid_z:
            return thread / block.x / block.y;
        case Special::ntid_x:
            return block.x;
        case Special::ntid_y:
            return block.y;
        case Special::ntid_z:
            return block.z;
        case Special::ctaid_x:
            return block_ % grid.x;
        case Special::ctaid_y:
            return block_ / grid.x % grid.y;
        case Special::ctaid_z:
            return block_ / grid.x / grid.y;
        case Special::nctaid_x:
            return grid.x;
        case Special::nctaid_y:
            return grid.y;
        case Special::nctaid_z:
            return grid.z;
        case Special::laneid:
            return thread % kLanes;
    }
    return 0;
}

void BlockRun::step(Warp& warp) {
    if (warp.running() == 0) return release_collective(warp);
    const Group group = warp.counters.first_of(warp.running());
    if (group.at >= launch_.kernel.code.size()) {
        warp.living &= ~group.lanes;
        return;
    }
    const Instruction& i = launch_.kernel.code[group.at];
    if (must_wait(warp, i, group.lanes))
        warp.at_collective |= group.lanes;
    else
        issue(warp, i, group);
}

/// Nobody of the warp can go on: those who wait for each other are now all there, or never will be.
void BlockRun::release_collective(Warp& warp) {
    const Group group = warp.counters.first_of(warp.at_collective);
    const Instruction& i = launch_.kernel.code[group.at];
    if (must_wait(warp, i, group.lanes)) fail("lanes wait for others of their warp, which do not come", warp, i);
    warp.at_collective &= ~group.lanes;
    issue(warp, i, group);
}

/// Whether an instruction that names lanes has to wait for some of them. Those that the whole warp must run together
/// do not wait: that they are reached by a part of it is a fault.
bool BlockRun::must_wait(const Warp& warp, const Instruction& i, std::uint32_t lanes) const {
    const Kind kind = i.operation->kind;
    if (kind != Kind::shuffle && kind != Kind::warp_barrier) return false;
    const auto first = static_cast<std::size_t>(std::countr_zero(lanes));
    const auto mask = i.operands.back().at;
    const auto named = static_cast<std::uint32_t>(warp.value(mask)[first]);
    if ((named & lanes) != lanes) fail("a lane is not among those that it names", warp, i);
    return lanes != named;
}

void BlockRun::issue(Warp& warp, const Instruction& i, Group group) {
    const std::uint32_t lanes = passing_guard(warp, i, group.lanes);
    if (is_aligned(i) && lanes != 0 && lanes != warp.living)
        fail("an instruction for the whole warp is reached by part of it", warp, i);
    ++around_.counters.times[group.at];
    ++warp.issued;
    warp.counters.set(group.lanes, group.at + 1, warp.living);
    execute(warp, i, lanes);
}

std::uint32_t BlockRun::passing_guard(const Warp& warp, const Instruction& i, std::uint32_t lanes) const {
    if (i.guard == Operand::kNone) return lanes;
    const Lanes& guard = warp.value(i.guard);
    std::uint32_t passing = 0;
    for (std::size_t l = 0; l < kLanes; ++l) passing |= static_cast<std::uint32_t>(guard[l] & 1) << l;
    return lanes & (i.guard_negated ? ~passing : passing);
}

void BlockRun::execute(Warp& warp, const Instruction& i, std::uint32_t lanes) {
    if (lanes == 0) return;
    switch (i.operation->kind) {
        case Kind::lanes:
            return i.operation->function(warp, i, lanes);
        case Kind::load:
        case Kind::store:
            return access(warp, i, lanes);
        case Kind::branch:
            return warp.counters.set(lanes, static_cast<std::uint32_t>(i.operands[0].at), warp.living);
        case Kind::exit:
            warp.living &= ~lanes;
            return;
        case Kind::barrier:
            warp.at_barrier |= lanes;
            return;
        case Kind::warp_barrier:
            ++warp.warp_barriers;
            return;
        case Kind::await_launch:
            warp.waited = true;
            return;
        case Kind::begin_next:
            if (!warp.waited)
                report("the next launch may begin, though this one has not waited for the one before", warp, i, -1);
            return;
        case Kind::shuffle:
            return shuffle(warp, i, lanes);
        case Kind::load_matrix:
            return load_matrix(warp, i);
        case Kind::multiply:
            return multiply(warp, i);
        case Kind::call:
            fail("calls of functions are not modelled", warp, i);
    }
}

Site BlockRun::site(const Warp& warp, const Instruction& i, int lane) const {
    return {launch_.module, launch_.kernel, i, block_, warp.index, lane};
}

void BlockRun::report(const char* what, const Warp& warp, const Instruction& i, int lane) {
    if (what != nullptr) around_.findings.add(what, site(warp, i, lane));
}

void BlockRun::fail(const std::string& what, const Warp& warp, const Instruction& i, int lane) const {
    throw Error(what + ": " + site(warp, i, lane).text());
}

void run_grid(const Launch& launch, const Surroundings& surroundings) {
    const auto given = static_cast<int>(launch.parameters.size());
    if (given < launch.kernel.parameter_bytes)
        throw Error(launch.kernel.name + " takes " + std::to_string(launch.kernel.parameter_bytes) +
                    " bytes of parameters and was given " + std::to_string(given));
    Counters& counters = surroundings.counters;
    counters.times.resize(launch.kernel.code.size());
    ++counters.launches;
    BlockRun blocks(launch, surroundings);
    for (std::uint32_t block = 0; block < launch.grid.volume(); ++block) {
        ++counters.blocks;
        blocks.run(block);
    }
}

}  // namespace ptx
