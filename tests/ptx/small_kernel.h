// Kernels of a few lines of PTX, for tests of the interpreter: what they leave in memory, and what is found.
#pragma once
#include <cstring>
#include <string>
#include <vector>

#include "block_run.h"
#include "error.h"

namespace ptx {

/// A kernel with a body of PTX. It is given two arrays: %to, which nobody has written, and %from, which holds 0, 1, 2,
/// …; %t is the thread's number in the grid, %at and %in are the addresses of its elements.
class SmallKernel {
public:
    explicit SmallKernel(const std::string& body, Extent grid = {1, 1, 1}, Extent block = {32, 1, 1})
        : module_(read_module(text(body), "small.ptx")), grid_(grid), block_(block) {
        const std::size_t n = grid.volume() * block.volume();
        to.resize(n);
        for (std::uint32_t i = 0; i < n; ++i) from.push_back(i);
    }

    /// Returns itself. Throws Error.
    SmallKernel& run(Rounding rounding = Rounding::exact) {
        GlobalMemory memory;
        memory.allocate(to.data(), to.size() * 4);
        memory.allocate(from.data(), from.size() * 4);
        memory.set(from.data(), from.size() * 4, true);
        const Kernel& kernel = module_.kernels.begin()->second;
        run_grid({module_, kernel, grid_, block_, 0, parameters(), 1, overlaps},
                 {memory, findings, counters, rounding});
        return *this;
    }
    /// What it throws, or finds.
    std::string fault() {
        try {
            run();
        } catch (const Error& error) {
            return error.what();
        }
        return findings.text();
    }

    bool overlaps = false;  ///< with a launch before it
    std::vector<std::uint32_t> to, from;
    Findings findings;
    Counters counters;

private:
    static std::string text(const std::string& body) {
        return ".version 9.0\n.target sm_80\n.address_size 64\n"
               ".visible .entry small(.param .u64 to, .param .u64 from)\n{\n"
               ".reg .pred %p<9>; .reg .b16 %h<9>; .reg .b32 %r<40>; .reg .f32 %f<9>; .reg .b64 %d<9>; .reg .f64 "
               "%g<9>;\n"
               ".reg .b32 %t, %n; .reg .b64 %to, %from, %at, %in, %o;\n"
               ".shared .align 16 .b8 memory[2048];\n"
               "ld.param.u64 %to, [to]; ld.param.u64 %from, [from];\n"
               "mov.u32 %n, %ctaid.x; mov.u32 %t, %ntid.x; mul.lo.s32 %n, %n, %t; mov.u32 %t, %tid.x;\n"
               "add.s32 %t, %t, %n; mul.wide.u32 %o, %t, 4; add.s64 %at, %to, %o; add.s64 %in, %from, %o;\n" +
               body + "\nret;\n}\n";
    }
    std::vector<std::uint8_t> parameters() const {
        std::vector<std::uint8_t> all(16);
        const std::uint32_t *first = to.data(), *second = from.data();
        std::memcpy(all.data(), &first, 8);
        std::memcpy(all.data() + 8, &second, 8);
        return all;
    }

    Module module_;
    Extent grid_, block_;
};

}  // namespace ptx
