// Liveness over the blocks of the code, then a scan along it (Poletto and Sarkar, "Linear scan register allocation",
// TOPLAS 1999). Nothing is spilled: there are as many places as values live at once.
#include "register_allocation.h"

#include <algorithm>
#include <limits>
#include <queue>

namespace ptx {

namespace {

using Set = std::vector<bool>;
using Kind = Operation::Kind;

/// A stretch of code that is entered at its first instruction and left after its last.
struct BasicBlock {
    std::size_t first = 0, end = 0;
    std::vector<std::size_t> next;
    Set read, written, live_in, live_out;  ///< read: before anything in the block writes it
};

struct Interval {
    int reg = 0;
    std::size_t first = std::numeric_limits<std::size_t>::max(), last = 0;

    void include(std::size_t at) {
        first = std::min(first, at);
        last = std::max(last, at);
    }
};

/// How many operands in front are destinations.
std::size_t destinations(const Instruction& i) {
    switch (i.operation->kind) {
        case Kind::lanes:
        case Kind::load:
        case Kind::load_matrix:
        case Kind::multiply:
            return 1;
        case Kind::shuffle:
            return i.operands.size() - 4;
        default:
            return 0;
    }
}

/// body(register, is_written) for the registers of an instruction, what it reads first.
template <typename I, typename Body>
void for_each_register(I& i, Body body) {
    const auto visit = [&](auto& at, bool is_written) {
        if (at >= 0 && at < Operand::kFirstConstant) body(at, is_written);
    };
    visit(i.guard, false);
    for (std::size_t n = 0; n < i.operands.size(); ++n) {
        auto& operand = i.operands[n];
        if (operand.kind == Operand::Kind::label) continue;
        const bool is_written = n < destinations(i);
        visit(operand.at, is_written);
        for (auto& at : operand.list) visit(at, is_written);
    }
}

class Allocation {
public:
    explicit Allocation(Kernel& kernel) : kernel_(kernel), registers_(static_cast<std::size_t>(kernel.registers)) {
        cut();
        for (BasicBlock& block : blocks_) summarise(block);
        spread();
    }

    void apply() {
        const std::vector<int> places = scan(intervals());
        for (Instruction& i : kernel_.code)
            for_each_register(i, [&](int& at, bool) { at = places[static_cast<std::size_t>(at)]; });
        for (auto& [at, which] : kernel_.specials) at = places[static_cast<std::size_t>(at)];
        kernel_.registers = places_;
    }

private:
    void cut() {
        const std::vector<Instruction>& code = kernel_.code;
        Set begins(code.size() + 1);
        for (std::size_t n = 0; n < code.size(); ++n) {
            if (code[n].operation->kind == Kind::branch)
                begins[static_cast<std::size_t>(code[n].operands[0].at)] = true;
            begins[n + 1] =
                code[n].operation->kind == Kind::branch || code[n].operation->kind == Kind::exit || begins[n + 1];
        }
        block_of_.assign(code.size() + 1, 0);
        for (std::size_t n = 0; n < code.size(); ++n) {
            if (n == 0 || begins[n]) blocks_.emplace_back().first = n;
            blocks_.back().end = n + 1;
            block_of_[n] = blocks_.size() - 1;
        }
        for (BasicBlock& block : blocks_) link(block);
    }

    void link(BasicBlock& block) {
        const Instruction& last = kernel_.code[block.end - 1];
        const bool goes_on = last.guard != Operand::kNone ||
                             (last.operation->kind != Kind::branch && last.operation->kind != Kind::exit);
        if (goes_on && block.end < kernel_.code.size()) block.next.push_back(block_of_[block.end]);
        if (last.operation->kind != Kind::branch) return;
        const auto target = static_cast<std::size_t>(last.operands[0].at);
        if (target < kernel_.code.size()) block.next.push_back(block_of_[target]);
    }

    void summarise(BasicBlock& block) {
        block.read = block.written = block.live_in = block.live_out = Set(registers_);
        for (std::size_t n = block.first; n < block.end; ++n) {
            const Instruction& i = kernel_.code[n];
            const auto read = [&](int at) {
                if (!block.written[static_cast<std::size_t>(at)]) block.read[static_cast<std::size_t>(at)] = true;
            };
            // What is written under a guard may keep its value, so it is read as well.
            for_each_register(i, [&](int at, bool is_written) {
                if (!is_written || i.guard != Operand::kNone) read(at);
            });
            for_each_register(i, [&](int at, bool is_written) {
                if (is_written && i.guard == Operand::kNone) block.written[static_cast<std::size_t>(at)] = true;
            });
        }
        block.live_in = block.read;
    }

    /// From each block to those before it, until nothing changes.
    void spread() {
        for (bool changed = true; changed;) {
            changed = false;
            for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block)
                for (const std::size_t next : block->next) changed = take(*block, blocks_[next].live_in) || changed;
        }
    }

    static bool take(BasicBlock& block, const Set& needed) {
        bool changed = false;
        for (std::size_t r = 0; r < needed.size(); ++r) {
            if (!needed[r] || block.live_out[r]) continue;
            block.live_out[r] = changed = true;
            if (!block.written[r]) block.live_in[r] = true;
        }
        return changed;
    }

    std::vector<Interval> intervals() const {
        std::vector<Interval> all(registers_);
        for (std::size_t r = 0; r < registers_; ++r) all[r].reg = static_cast<int>(r);
        for (const auto& [at, which] : kernel_.specials) {  // set before the first instruction, for good
            all[static_cast<std::size_t>(at)].include(0);
            all[static_cast<std::size_t>(at)].include(kernel_.code.size());
        }
        for (const BasicBlock& block : blocks_) {
            for (std::size_t r = 0; r < registers_; ++r) {
                if (block.live_in[r]) all[r].include(block.first);
                if (block.live_out[r]) all[r].include(block.end);
            }
            for (std::size_t n = block.first; n < block.end; ++n)
                for_each_register(kernel_.code[n], [&](int at, bool) { all[static_cast<std::size_t>(at)].include(n); });
        }
        std::ranges::sort(all, {}, &Interval::first);
        return all;
    }

    /// The place of each register. One that is read last by an instruction is free only after it.
    std::vector<int> scan(const std::vector<Interval>& in_order) {
        std::vector<int> place(registers_), free;
        using Busy = std::pair<std::size_t, int>;  // until where, which place
        std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy;
        for (const Interval& interval : in_order) {
            for (; !busy.empty() && busy.top().first < interval.first; busy.pop()) free.push_back(busy.top().second);
            if (free.empty()) free.push_back(places_++);
            place[static_cast<std::size_t>(interval.reg)] = free.back();
            busy.emplace(interval.last, free.back());
            free.pop_back();
        }
        return place;
    }

    Kernel& kernel_;
    std::size_t registers_;
    std::vector<BasicBlock> blocks_;
    std::vector<std::size_t> block_of_;
    int places_ = 0;
};

}  // namespace

void allocate_registers(Kernel& kernel) {
    if (!kernel.code.empty()) Allocation(kernel).apply();
}

}  // namespace ptx
