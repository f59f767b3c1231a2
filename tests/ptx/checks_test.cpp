// The interpreter finds what it is there to find: each test plants a fault in a kernel of a few lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_kernel.h"

namespace ptx {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr Extent kTwoBlocks{2, 1, 1}, kOneBlock{1, 1, 1}, kTwoWarps{64, 1, 1};

/// Each thread leaves its number in shared memory; %r1 is the place of its own, %r2 of that of the thread 63 − t.
const std::string kExchange =
    "mov.u32 %r0, memory; shl.b32 %r1, %t, 2; sub.s32 %r2, 252, %r1; add.s32 %r1, %r1, %r0; add.s32 %r2, %r2, %r0;\n"
    "st.shared.u32 [%r1], %t;\n";

TEST(Checks, FindNothingInARightKernel) {
    SmallKernel kernel(kExchange + "bar.sync 0; ld.shared.u32 %r3, [%r2]; st.global.u32 [%at], %r3;", kOneBlock,
                       kTwoWarps);
    EXPECT_EQ(kernel.fault(), "");
    for (std::uint32_t t = 0; t < 64; ++t) EXPECT_EQ(kernel.to[t], 63 - t);
}

TEST(Checks, FindAMissingBarrier) {
    SmallKernel kernel(kExchange + "ld.shared.u32 %r3, [%r2]; st.global.u32 [%at], %r3;", kOneBlock, kTwoWarps);
    EXPECT_THAT(kernel.fault(), AllOf(HasSubstr("race: shared memory is read that another thread writes"),
                                      HasSubstr("small, block 0, warp 1, lane 0: small.ptx line ")));
}

TEST(Checks, FindAMissingBarrierBeforeTheNextWrite) {
    SmallKernel kernel(kExchange + "bar.sync 0; ld.shared.u32 %r3, [%r2]; st.shared.u32 [%r1], %r3;", kOneBlock,
                       kTwoWarps);
    EXPECT_THAT(kernel.fault(), HasSubstr("race: shared memory is written that another thread reads"));
}

TEST(Checks, FindThreadsThatWriteToOnePlace) {
    SmallKernel kernel("mov.u32 %r0, memory; st.shared.u32 [%r0], %t;");
    EXPECT_THAT(kernel.fault(), HasSubstr("race: two threads write to shared memory"));
}

TEST(Checks, KnowThatABarrierOfTheWarpOrdersTheWarp) {
    const std::string exchange =
        "mov.u32 %r0, memory; shl.b32 %r1, %t, 2; xor.b32 %r2, %r1, 4; add.s32 %r1, %r1, %r0;\n"
        "add.s32 %r2, %r2, %r0; st.shared.u32 [%r1], %t;\n";
    const std::string read = "ld.shared.u32 %r3, [%r2];";
    EXPECT_EQ(SmallKernel(exchange + "bar.warp.sync -1; " + read).fault(), "");
    EXPECT_THAT(SmallKernel(exchange + read).fault(), HasSubstr("race: shared memory is read"));
    EXPECT_EQ(
        SmallKernel(exchange + "bar.warp.sync -1; " + read + "bar.warp.sync -1; st.shared.u32 [%r1], %r3;").fault(),
        "");
    EXPECT_THAT(SmallKernel(exchange + "bar.warp.sync -1; " + read + "st.shared.u32 [%r1], %r3;").fault(),
                HasSubstr("race: shared memory is written that another thread reads"));
}

TEST(Checks, FindRacesBetweenBlocks) {
    EXPECT_THAT(SmallKernel("st.global.u32 [%to], 1;", kTwoBlocks, {1, 1, 1}).fault(),
                HasSubstr("race between blocks: both write to one word"));
    EXPECT_THAT(SmallKernel("st.global.u32 [%in], 1; ld.global.u32 %r0, [%from];", kTwoBlocks, {1, 1, 1}).fault(),
                HasSubstr("race between blocks: global memory is read"));
    EXPECT_THAT(SmallKernel("ld.global.u32 %r0, [%from+4]; st.global.u32 [%in], 1;", kTwoBlocks, {1, 1, 1}).fault(),
                HasSubstr("race between blocks: global memory is written"));
}

TEST(Checks, FindRacesBetweenThreadsInGlobalMemory) {
    EXPECT_THAT(SmallKernel("st.global.u32 [%to], 1;").fault(), HasSubstr("race between threads: both write"));
    EXPECT_THAT(SmallKernel("st.global.u32 [%in], 1; ld.global.u32 %r0, [%from];").fault(),
                HasSubstr("race between threads: global memory is read"));
    EXPECT_EQ(SmallKernel("st.global.u32 [%in], 1; bar.sync 0; ld.global.u32 %r0, [%from];").fault(), "");
}

/// What is found in a kernel that may begin before the one before it has ended.
std::string fault_of_overlapping(const std::string& body) {
    SmallKernel kernel(body);
    kernel.overlaps = true;
    return kernel.fault();
}

TEST(Checks, FindWhatAKernelDoesBeforeItHasWaitedForTheOneBefore) {
    const std::string wait = "griddepcontrol.wait; ", next = "griddepcontrol.launch_dependents; ",
                      store = "st.global.u32 [%at], 1; ";
    EXPECT_EQ(fault_of_overlapping("ld.global.u32 %r0, [%in]; " + wait + next + store), "") << "memory of the host";
    EXPECT_THAT(fault_of_overlapping(store + wait), HasSubstr("written without waiting for the end of the launch"));
    EXPECT_THAT(fault_of_overlapping(next + wait + store), HasSubstr("the next launch may begin"));
    EXPECT_EQ(SmallKernel(store + wait).fault(), "") << "it does not overlap";
}

TEST(Checks, FindReadsOfWhatTheLaunchBeforeWritesWithoutWaitingForIt) {
    std::uint32_t word = 0;
    const auto address = reinterpret_cast<std::uint64_t>(&word);
    GlobalMemory memory;
    memory.allocate(&word, sizeof word);
    memory.write(address, sizeof word, {.launch = 7});
    EXPECT_THAT(memory.read(address, sizeof word, {.launch = 8, .waited = false}),
                HasSubstr("that the launch before writes"));
    EXPECT_EQ(memory.read(address, sizeof word, {.launch = 8, .waited = true}), nullptr);
    EXPECT_EQ(memory.read(address, sizeof word, {.launch = 9, .waited = false}), nullptr);
}

TEST(Checks, FindReadsOfWhatNobodyHasWritten) {
    EXPECT_THAT(SmallKernel("ld.global.u32 %r0, [%at];").fault(),
                HasSubstr("global memory is read that nobody has written"));
    EXPECT_THAT(SmallKernel("mov.u32 %r1, memory; ld.shared.u32 %r0, [%r1];").fault(),
                HasSubstr("shared memory is read that nobody has written"));
}

TEST(Checks, StopAtWhatIsOutOfBounds) {
    EXPECT_THAT(SmallKernel("ld.global.u32 %r0, [%from+128];").fault(),
                HasSubstr("an access outside of what is allocated"));
    EXPECT_THAT(SmallKernel("ld.global.u32 %r0, [%from+-4];").fault(),
                HasSubstr("an access outside of what is allocated"));
    EXPECT_THAT(SmallKernel("mov.u32 %r1, memory; st.shared.u32 [%r1+2048], 1;").fault(),
                HasSubstr("an access beyond the 2048 bytes of shared memory"));
    EXPECT_THAT(SmallKernel("ld.param.u64 %d0, [to+16];").fault(), HasSubstr("an access beyond the parameters"));
}

TEST(Checks, StopAtWhatIsMisaligned) {
    EXPECT_THAT(SmallKernel("ld.global.u32 %r0, [%in+2];").fault(), HasSubstr("a misaligned access"));
    EXPECT_THAT(SmallKernel("mov.u32 %r1, memory; ld.shared.v2.u32 {%r2, %r3}, [%r1+4];").fault(),
                HasSubstr("a misaligned access"));
    EXPECT_THAT(
        SmallKernel("mov.u32 %r1, memory; ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r2, %r3}, [%r1+8];").fault(),
        HasSubstr("a row of ldmatrix is not at a multiple of 16 bytes"));
}

TEST(Checks, StopAtAPartOfAWarpWhereTheWholeMustCome) {
    const std::string half = "setp.lt.u32 %p0, %t, 16; @%p0 bra $end;\n", end = "\n$end: mov.u32 %r9, 0;";
    const std::string part = "an instruction for the whole warp is reached by part of it";
    EXPECT_THAT(SmallKernel(half + "bar.sync 0;" + end).fault(), HasSubstr(part));
    EXPECT_THAT(
        SmallKernel(half + "mov.u32 %r1, memory; ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r2, %r3}, [%r1];" + end)
            .fault(),
        HasSubstr(part));
    EXPECT_THAT(SmallKernel(half + "shfl.sync.bfly.b32 %r0, %t, 1, 31, -1;" + end).fault(),
                HasSubstr("lanes wait for others of their warp, which do not come"));
    EXPECT_THAT(SmallKernel(half + "shfl.sync.bfly.b32 %r0, %t, 16, 31, 0xFFFF0000;" + end).fault(),
                HasSubstr("a value is taken from a lane that is not there"));
    EXPECT_THAT(SmallKernel(half + "bar.warp.sync 0xFFFF;" + end).fault(),
                HasSubstr("a lane is not among those that it names"));
}

TEST(Reading, RefusesWhatItDoesNotKnow) {
    const auto error = [](const std::string& body) {
        try {
            const SmallKernel kernel(body);
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string("none");
    };
    EXPECT_THAT(error("ex2.approx.f32 %f0, %f1;"), AllOf(HasSubstr("small.ptx, line 12, 'ex2.approx.f32 %f0, %f1': "),
                                                         HasSubstr("no row for 'ex2.approx.f32'")));
    EXPECT_THAT(error("add.ftz.f32 %f0, %f1, %f2;"), HasSubstr("no row for 'add.ftz.f32'"));
    EXPECT_THAT(error("add.f32 %f0, %f1, %f99;"), HasSubstr("no register is called '%f99'"));
    EXPECT_THAT(error("add.f32 %f0, %f1;"), HasSubstr("it has 2 operands, the interpreter knows it with 3"));
    EXPECT_THAT(error("mov.u64 %d0, nowhere;"), HasSubstr("nothing is called 'nowhere'"));
    EXPECT_THAT(error("bra $nowhere;"), HasSubstr("no label $nowhere"));
    EXPECT_THAT(error("add.s32 %r0, %r1, 12x;"), HasSubstr("'12x' is no number"));
    EXPECT_THAT(error(".strange %r0;"), HasSubstr("does not know this directive"));
}

// --- counters

std::string shared_access(const std::string& factor, const std::string& access) {
    return "mov.u32 %r0, memory; mul.lo.s32 %r1, %t, " + factor + "; add.s32 %r1, %r1, %r0; " + access;
}

struct Wavefronts {
    std::string kernel;
    long found, least;
};

TEST(Counters, CountHowOftenBanksAreAsked) {
    for (const auto& [kernel, found, least] :
         {Wavefronts{shared_access("4", "st.shared.u32 [%r1], 1;"), 1, 1},
          Wavefronts{shared_access("8", "st.shared.u32 [%r1], 1;"), 2, 1},
          Wavefronts{shared_access("64", "st.shared.u32 [%r1], 1;"), 16, 1},
          Wavefronts{shared_access("2", "st.shared.u16 [%r1], 1;"), 1, 1},
          Wavefronts{shared_access("16", "st.shared.v4.u32 [%r1], {%r1, %r1, %r1, %r1};"), 4, 4},
          Wavefronts{shared_access("32", "st.shared.v4.u32 [%r1], {%r1, %r1, %r1, %r1};"), 8, 4}}) {
        SmallKernel small(kernel);
        small.run();
        EXPECT_EQ(small.counters.shared_wavefronts, found) << kernel;
        EXPECT_EQ(small.counters.least_shared_wavefronts, least) << kernel;
    }
}

TEST(Counters, CountSectors) {
    SmallKernel dense("ld.global.u32 %r0, [%in];"), same("ld.global.u32 %r0, [%from];");
    dense.run();
    same.run();
    EXPECT_LE(dense.counters.sectors - 4, 1);  // an array may begin within a sector
    EXPECT_EQ(dense.counters.least_sectors, 4);
    EXPECT_EQ(same.counters.sectors, 1);
    EXPECT_EQ(same.counters.least_sectors, 1);
}

TEST(Counters, CountWhatAWarpIssues) {
    SmallKernel once("mov.u32 %r0, 1;", kTwoBlocks, kTwoWarps),
        twice("mov.u32 %r0, 1; mov.u32 %r1, 1;", kTwoBlocks, kTwoWarps);
    once.run();
    twice.run();
    EXPECT_EQ(twice.counters.instructions, once.counters.instructions + 4);
    EXPECT_EQ(twice.counters.longest_warp, once.counters.longest_warp + 1);
    EXPECT_EQ(twice.counters.blocks, 2);
}

}  // namespace
}  // namespace ptx
