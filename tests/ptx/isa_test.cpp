// The effects of instructions, against the words and tables of the PTX ISA.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "small_kernel.h"

namespace ptx {
namespace {

// --- fragments of m16n8k16: PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type"

TEST(Fragments, AreThoseOfTheTables) {
    for (int lane = 0; lane < 32; ++lane) {
        const int group = lane >> 2, in_group = lane % 4;
        for (int i = 0; i < 8; ++i) {
            const bool upper = (0 <= i && i < 2) || (4 <= i && i < 6);
            const Cell a{upper ? group : group + 8, in_group * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
            EXPECT_EQ(cell_of_a(lane, i), a) << lane << ", a" << i;
        }
        for (int i = 0; i < 4; ++i) {
            const Cell b{in_group * 2 + (i & 1) + (i >= 2 ? 8 : 0), group},
                c{i < 2 ? group : group + 8, in_group * 2 + (i & 1)};
            EXPECT_EQ(cell_of_b(lane, i), b) << lane << ", b" << i;
            EXPECT_EQ(cell_of_d(lane, i), c) << lane << ", c" << i;
        }
    }
}

TEST(Fragments, AreThoseOfThePictures) {
    EXPECT_EQ(cell_of_a(0, 0), (Cell{0, 0}));
    EXPECT_EQ(cell_of_a(1, 5), (Cell{0, 11}));
    EXPECT_EQ(cell_of_a(31, 7), (Cell{15, 15}));
    EXPECT_EQ(cell_of_b(0, 2), (Cell{8, 0}));
    EXPECT_EQ(cell_of_b(30, 3), (Cell{13, 7}));
    EXPECT_EQ(cell_of_d(4, 1), (Cell{1, 1}));
    EXPECT_EQ(cell_of_d(31, 3), (Cell{15, 7}));
}

TEST(Fragments, GiveEveryElementOneOwner) {
    std::map<std::pair<int, int>, int> a, b, d;
    for (int lane = 0; lane < 32; ++lane) {
        for (int i = 0; i < 8; ++i) ++a[{cell_of_a(lane, i).row, cell_of_a(lane, i).col}];
        for (int i = 0; i < 4; ++i) {
            ++b[{cell_of_b(lane, i).row, cell_of_b(lane, i).col}];
            ++d[{cell_of_d(lane, i).row, cell_of_d(lane, i).col}];
        }
    }
    EXPECT_EQ(a.size(), 16u * 16);
    EXPECT_EQ(b.size(), 16u * 8);
    EXPECT_EQ(d.size(), 16u * 8);
}

// --- ldmatrix: "each thread loads a fragment of a row": thread T of row T/4, columns 2·(T%4) and the next

/// Halves 0 … 1023 in shared memory, a row of eight by each lane twice; then ldmatrix, whose register %r is stored.
std::string load_matrix(const std::string& instruction) {
    return "mov.u32 %r1, memory; shl.b32 %r2, %t, 4; add.s32 %r3, %r1, %r2; shl.b32 %r4, %t, 3;\n"
           "cvt.u16.u32 %h0, %r4; add.s16 %h1, %h0, 1; add.s16 %h2, %h0, 2; add.s16 %h3, %h0, 3;\n"
           "st.shared.v4.u16 [%r3], {%h0, %h1, %h2, %h3};\n"
           "add.s16 %h0, %h0, 4; add.s16 %h1, %h1, 4; add.s16 %h2, %h2, 4; add.s16 %h3, %h3, 4;\n"
           "st.shared.v4.u16 [%r3+8], {%h0, %h1, %h2, %h3}; bar.sync 0;\n" +
           instruction + "\nst.global.u32 [%at], %r13;";
}

TEST(LoadMatrix, GivesRowsAndTheirTranspose) {
    const SmallKernel plain =
        SmallKernel(load_matrix("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r3];")).run();
    const SmallKernel transposed =
        SmallKernel(load_matrix("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%r10, %r11, %r12, %r13}, [%r3];"))
            .run();
    const SmallKernel second =
        SmallKernel(load_matrix("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r10, %r13}, [%r3];")).run();
    const auto half = [](std::uint32_t matrix, std::uint32_t row, std::uint32_t col) {
        return (matrix * 8 + row) * 8 + col;
    };
    for (std::uint32_t t = 0; t < 32; ++t) {
        const std::uint32_t row = t / 4, col = t % 4 * 2;
        EXPECT_EQ(plain.to[t], half(3, row, col) | half(3, row, col + 1) << 16) << t;
        EXPECT_EQ(transposed.to[t], half(3, col, row) | half(3, col + 1, row) << 16) << t;
        EXPECT_EQ(second.to[t], half(1, row, col) | half(1, row, col + 1) << 16) << t;
    }
}

// --- mma

TEST(MultiplyAdd, IsTheProductOfTheMatricesThatFragmentsAre) {
    std::array<Lanes, 4> a{}, c{}, d{};
    std::array<Lanes, 2> b{};
    float expected[16][8] = {}, left[16][16], right[16][8];
    for (int row = 0; row < 16; ++row)
        for (int k = 0; k < 16; ++k) left[row][k] = static_cast<float>((row * 7 + k * 3) % 11 - 5);
    for (int k = 0; k < 16; ++k)
        for (int col = 0; col < 8; ++col) right[k][col] = static_cast<float>((k * 5 + col * 9) % 13 - 6) / 4;
    for (std::size_t lane = 0; lane < 32; ++lane) {
        for (std::size_t i = 0; i < 8; ++i) {
            const Cell at = cell_of_a(int(lane), int(i));
            a[i / 2][lane] |= std::uint64_t(float_to_half(left[at.row][at.col])) << 16 * (i % 2);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            const Cell at_b = cell_of_b(int(lane), int(i)), at_d = cell_of_d(int(lane), int(i));
            b[i / 2][lane] |= std::uint64_t(float_to_half(right[at_b.row][at_b.col])) << 16 * (i % 2);
            c[i][lane] = bits_of<float>(static_cast<float>(at_d.row));
        }
    }
    for (int row = 0; row < 16; ++row)
        for (int col = 0; col < 8; ++col) {
            expected[row][col] = static_cast<float>(row);
            for (int k = 0; k < 16; ++k) expected[row][col] += left[row][k] * right[k][col];
        }
    for (const Rounding rounding : {Rounding::exact, Rounding::ampere, Rounding::hopper}) {
        multiply_add(d, {&a[0], &a[1], &a[2], &a[3]}, {&b[0], &b[1]}, {&c[0], &c[1], &c[2], &c[3]}, rounding);
        for (std::size_t lane = 0; lane < 32; ++lane)
            for (std::size_t i = 0; i < 4; ++i) {
                const Cell at = cell_of_d(int(lane), int(i));
                EXPECT_EQ(value_of<float>(d[i][lane]), expected[at.row][at.col]) << at.row << ", " << at.col;
            }
    }
}

float sum(float c, std::initializer_list<double> products, Rounding rounding) {
    std::array<double, 16> all{};
    std::copy(products.begin(), products.end(), all.begin());
    return sum_of_products(c, all, rounding);
}

TEST(TensorCoreSums, AreCutAsHardwareCutsThem) {
    constexpr float kNext = 0x1.000002p0f;  // the float after 1
    const double quarter = 0x1p-25, half = 0x1p-24;
    // Four quarters of the last place: exactly the next float; one bit more than 24 does not hold them, two do.
    const auto quarters = {quarter, quarter, quarter, quarter};
    EXPECT_EQ(sum(1, quarters, Rounding::exact), kNext);
    EXPECT_EQ(sum(1, quarters, Rounding::ampere), 1.0f);
    EXPECT_EQ(sum(1, quarters, Rounding::hopper), kNext);
    // Two halves are held by both.
    EXPECT_EQ(sum(1, {half, half}, Rounding::ampere), kNext);
    // Three halves are cut to one place where rounding would give two.
    EXPECT_EQ(sum(1, {half, half, half}, Rounding::exact), 0x1.000004p0f);
    EXPECT_EQ(sum(1, {half, half, half}, Rounding::hopper), kNext);
    // Towards zero on both sides of it.
    EXPECT_EQ(sum(-1, {-half, -half, -half}, Rounding::hopper), -kNext);
    // Ampere takes eight products at a time: the first eight halves of a place are cut before the others come.
    EXPECT_EQ(sum(1, {half, 0, 0, 0, 0, 0, 0, 0, half}, Rounding::ampere), 1.0f);
    EXPECT_EQ(sum(1, {half, 0, 0, 0, 0, 0, 0, 0, half}, Rounding::hopper), kNext);
    for (const Rounding rounding : {Rounding::exact, Rounding::ampere, Rounding::hopper}) {
        EXPECT_EQ(sum(3, {-3}, rounding), 0.0f);
        EXPECT_EQ(sum(0, {0x1p100, 1, -0x1p100}, Rounding::ampere), 0.0f) << "what is small beside the largest is lost";
        EXPECT_EQ(sum(1, {std::numeric_limits<double>::infinity()}, rounding), std::numeric_limits<float>::infinity());
        EXPECT_TRUE(std::isnan(sum(1, {std::nan("")}, rounding)));
    }
}

// --- halves

TEST(Halves, GoToFloatsAndBackUnchanged) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const float value = half_to_float(half);
        if (std::isnan(value))
            EXPECT_TRUE(std::isnan(half_to_float(float_to_half(value))));
        else
            ASSERT_EQ(float_to_half(value), half) << bits;
    }
    EXPECT_EQ(half_to_float(0x0001), 0x1p-24f);
    EXPECT_EQ(half_to_float(0x3C00), 1.0f);
    EXPECT_EQ(half_to_float(0x7BFF), 65504.0f);
}

TEST(Halves, AreTheNearestTiesToEven) {
    EXPECT_EQ(float_to_half(1 + 0x1p-11f), 0x3C00);
    EXPECT_EQ(float_to_half(1 + 0x1.8p-10f), 0x3C02);
    EXPECT_EQ(float_to_half(1 + 0x1.002p-11f), 0x3C01);
    EXPECT_EQ(float_to_half(0x1p-25f), 0);
    EXPECT_EQ(float_to_half(0x1.8p-24f), 2);
    EXPECT_EQ(float_to_half(0x1.FFFp-15f), 0x0400);
    EXPECT_EQ(float_to_half(-65519.0f), 0xFBFF);
    EXPECT_EQ(float_to_half(65520.0f), 0x7C00);
}

// --- arithmetic: an instruction of %r1 = a, %r2 = b, %r3 = c, and what it leaves in %r0

struct Arithmetic {
    const char* instruction;
    std::uint32_t a, b, c, result;

    friend void PrintTo(const Arithmetic& x, std::ostream* out) { *out << x.instruction; }
};

class Arithmetics : public testing::TestWithParam<Arithmetic> {};

TEST_P(Arithmetics, AreRight) {
    const Arithmetic& x = GetParam();
    const auto set = [](const char* name, std::uint32_t value) {
        return "mov.b32 " + std::string(name) + ", " + std::to_string(value) + ";\n";
    };
    SmallKernel kernel(set("%r1", x.a) + set("%r2", x.b) + set("%r3", x.c) + x.instruction +
                       "\nst.global.u32 [%at], %r0;");
    kernel.run();
    for (const std::uint32_t found : kernel.to) ASSERT_EQ(found, x.result);
}

constexpr std::uint32_t f(float value) {
    return std::bit_cast<std::uint32_t>(value);
}
constexpr std::uint32_t kMinusOne = 0xFFFFFFFFu, kLeast = 0x80000000u;
const std::uint32_t kNan = f(std::numeric_limits<float>::quiet_NaN());

INSTANTIATE_TEST_SUITE_P(
    Integers, Arithmetics,
    testing::Values(
        Arithmetic{"sub.s32 %r0, %r1, %r2;", 3, 5, 0, 0xFFFFFFFE},
        Arithmetic{"mul.hi.s32 %r0, %r1, %r2;", kMinusOne, 2, 0, kMinusOne},
        Arithmetic{"mul.hi.u32 %r0, %r1, %r2;", kMinusOne, 2, 0, 1},
        Arithmetic{"mad.lo.s32 %r0, %r1, %r2, %r3;", kMinusOne, 7, 10, 3},
        Arithmetic{"div.s32 %r0, %r1, %r2;", kMinusOne - 6, 2, 0, kMinusOne - 2},
        Arithmetic{"div.s32 %r0, %r1, %r2;", kLeast, kMinusOne, 0, kLeast},
        Arithmetic{"rem.u32 %r0, %r1, %r2;", kMinusOne, 10, 0, 5}, Arithmetic{"shl.b32 %r0, %r1, %r2;", 1, 32, 0, 0},
        Arithmetic{"shr.s32 %r0, %r1, %r2;", kLeast, 99, 0, kMinusOne},
        Arithmetic{"shr.u32 %r0, %r1, %r2;", kLeast, 31, 0, 1}, Arithmetic{"shr.u32 %r0, %r1, %r2;", kLeast, 32, 0, 0},
        Arithmetic{"max.s32 %r0, %r1, %r2;", kMinusOne, 1, 0, 1},
        Arithmetic{"min.u32 %r0, %r1, %r2;", kMinusOne, 1, 0, 1}, Arithmetic{"clz.b32 %r0, %r1;", 0x00010000, 0, 0, 15},
        Arithmetic{"not.b32 %r0, %r1;", 1, 0, 0, 0xFFFFFFFE},
        Arithmetic{"mul.wide.s32 %d0, %r1, %r2; cvt.u32.u64 %r0, %d0;", kMinusOne, 5, 0, kMinusOne - 4},
        Arithmetic{"cvt.s64.s32 %d0, %r1; shr.u64 %d0, %d0, 32; cvt.u32.u64 %r0, %d0;", kLeast, 0, 0, kMinusOne},
        Arithmetic{"cvt.u64.u32 %d0, %r1; shr.u64 %d0, %d0, 32; cvt.u32.u64 %r0, %d0;", kLeast, 0, 0, 0},
        Arithmetic{"add.cc.u32 %r4, %r1, %r2; addc.u32 %r0, %r3, 0;", kMinusOne, 1, 4, 5},
        Arithmetic{"sub.cc.u32 %r4, %r1, %r2; subc.u32 %r0, %r3, 0;", 0, 1, 4, 3},
        Arithmetic{"mad.lo.cc.u32 %r4, %r1, %r2, %r3; madc.hi.u32 %r0, %r1, %r2, 0;", kMinusOne, 2, 2, 2},
        Arithmetic{"prmt.b32 %r0, %r1, %r2, 0x7340;", 0x44332211, 0x88776655, 0, 0x88445511},
        Arithmetic{"prmt.b32 %r0, %r1, %r2, 0x000F;", 0, 0x80000000, 0, 0x000000FF},
        Arithmetic{"mov.b32 {%h0, %h1}, %r1; mov.b32 %r0, {%h1, %h0};", 0x00020001, 0, 0, 0x00010002},
        Arithmetic{"setp.lt.s32 %p0, %r1, %r2; selp.b32 %r0, %r2, %r3, %p0;", kMinusOne, 1, 9, 1},
        Arithmetic{"setp.lt.u32 %p0, %r1, %r2; selp.b32 %r0, %r2, %r3, %p0;", kMinusOne, 1, 9, 9},
        Arithmetic{"mov.b32 %r0, 7; setp.eq.s32 %p0, %r1, %r2; @!%p0 mov.b32 %r0, %r3;", 1, 1, 9, 7}));

INSTANTIATE_TEST_SUITE_P(
    Floats, Arithmetics,
    testing::Values(Arithmetic{"fma.rn.f32 %r0, %r1, %r2, %r3;", f(1 + 0x1p-12f), f(1 + 0x1p-12f), f(-1 - 0x1p-11f),
                               f(0x1p-24f)},
                    Arithmetic{"mul.f32 %r0, %r1, %r2;", f(1 + 0x1p-12f), f(1 + 0x1p-12f), 0, f(1 + 0x1p-11f)},
                    Arithmetic{"div.rn.f32 %r0, %r1, %r2;", f(1), f(3), 0, f(1.0f / 3)},
                    Arithmetic{"max.f32 %r0, %r1, %r2;", kNan, f(-2), 0, f(-2)},
                    Arithmetic{"neg.f32 %r0, %r1;", f(0), 0, 0, f(-0.0f)},
                    Arithmetic{"mul.f32 %r0, %r1, %r2;", f(0x1p-100f), f(0x1p-40f), 0, f(0x1p-140f)},
                    Arithmetic{"cvt.rni.s32.f32 %r0, %r1;", f(2.5f), 0, 0, 2},
                    Arithmetic{"cvt.rzi.s32.f32 %r0, %r1;", f(-2.9f), 0, 0, kMinusOne - 1},
                    Arithmetic{"cvt.rzi.u32.f32 %r0, %r1;", f(-1), 0, 0, 0},
                    Arithmetic{"cvt.rzi.s32.f32 %r0, %r1;", kNan, 0, 0, 0},
                    Arithmetic{"cvt.rn.f32.u32 %r0, %r1;", 0xFFFFFFFF, 0, 0, f(0x1p32f)},
                    Arithmetic{"cvt.rn.f32.s32 %r0, %r1;", kMinusOne, 0, 0, f(-1)},
                    Arithmetic{"cvt.rn.f16.f32 %h0, %r1; cvt.f32.f16 %r0, %h0;", f(1.0f / 3), 0, 0, f(0x1.554p-2f)},
                    Arithmetic{"setp.neu.f32 %p0, %r1, %r2; selp.b32 %r0, 1, 0, %p0;", kNan, f(1), 0, 1},
                    Arithmetic{"setp.ne.f32 %p0, %r1, %r2; selp.b32 %r0, 1, 0, %p0;", kNan, f(1), 0, 0},
                    Arithmetic{"setp.num.f32 %p0, %r1, %r2; selp.b32 %r0, 1, 0, %p0;", kNan, f(1), 0, 0},
                    Arithmetic{"sub.f16x2 %r0, %r1, %r2;", 0x64016403, 0x64006400, 0, 0x3C004200},
                    Arithmetic{"cvt.f64.f32 %g0, %r1; mul.f64 %g0, %g0, 0d3FE0000000000000; cvt.rn.f32.f64 %r0, %g0;",
                               f(3), 0, 0, f(1.5f)}));

// --- the warp

TEST(Shuffles, TakeValuesFromOtherLanes) {
    SmallKernel kernel(
        "shfl.sync.bfly.b32 %r0|%p0, %t, 5, 31, -1; shfl.sync.down.b32 %r1, %t, 30, 31, -1;\n"
        "shfl.sync.up.b32 %r2, %t, 1, 0, -1; shfl.sync.idx.b32 %r3, %t, 7, 31, -1;\n"
        "mad.lo.s32 %r0, %r1, 100, %r0; mad.lo.s32 %r0, %r2, 10000, %r0; mad.lo.s32 %r0, %r3, 1000000, %r0;\n"
        "st.global.u32 [%at], %r0;");
    kernel.run();
    for (std::uint32_t t = 0; t < 32; ++t)
        EXPECT_EQ(kernel.to[t], (t ^ 5) + 100 * (t < 2 ? t + 30 : t) + 10000 * (t == 0 ? 0 : t - 1) + 7000000) << t;
}

TEST(Branches, PartAndComeTogether) {
    SmallKernel kernel(
        "mov.u32 %r0, 0; mov.u32 %r1, 0;\n"
        "$loop: add.s32 %r0, %r0, %r1; add.s32 %r1, %r1, 1; setp.le.u32 %p0, %r1, %t; @%p0 bra $loop;\n"
        "and.b32 %r2, %t, 1; setp.eq.s32 %p1, %r2, 0; @%p1 bra $even;\n"
        "add.s32 %r0, %r0, 1000; bra.uni $end;\n"
        "$even: add.s32 %r0, %r0, 2000;\n"
        "$end: shfl.sync.bfly.b32 %r3, %r0, 1, 31, -1; add.s32 %r0, %r0, %r3; st.global.u32 [%at], %r0;");
    kernel.run();
    const auto value = [](std::uint32_t t) { return t * (t + 1) / 2 + (t % 2 == 0 ? 2000 : 1000); };
    for (std::uint32_t t = 0; t < 32; ++t) EXPECT_EQ(kernel.to[t], value(t) + value(t ^ 1)) << t;
}

TEST(Specials, NumberThreadsAndBlocks) {
    SmallKernel kernel(
        "mov.u32 %r0, %tid.x; mov.u32 %r1, %ctaid.x; mad.lo.s32 %r0, %r1, 1000, %r0;\n"
        "mov.u32 %r1, %laneid; mad.lo.s32 %r0, %r1, 1000000, %r0; st.global.u32 [%at], %r0;",
        {3, 1, 1}, {40, 1, 1});
    kernel.run();
    for (std::uint32_t i = 0; i < 120; ++i)
        EXPECT_EQ(kernel.to[i], i % 40 + i / 40 * 1000 + i % 40 % 32 * 1000000) << i;
}

}  // namespace
}  // namespace ptx
