// A block of symbols, compressed: exact inverse, close to the entropy, and no harm from any bytes.
#include "use/code_block.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zstd.h>

#include <cmath>
#include <numeric>
#include <random>

#include "little_memory.h"
#include "sanitized.h"

namespace ae {
namespace {

using Symbols = std::vector<std::uint8_t>;

/// How probable the symbols of a dimension are: they fall off from 0, the slower the higher d; dimension 0 is always 0.
std::vector<double> probabilities(std::size_t d, int bits) {
    const double ratio = static_cast<double>(d) / static_cast<double>(d + 1);
    std::vector<double> p(std::size_t(1) << bits, 1.0);
    for (std::size_t s = 1; s < p.size(); ++s) p[s] = p[s - 1] * ratio;
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& v : p) v /= sum;
    return p;
}

Symbols draw(const BlockLayout& layout, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::discrete_distribution<int>> dimensions;
    for (std::size_t d = 0; d < layout.dimensions; ++d) {
        const std::vector<double> p = probabilities(d, layout.bits);
        dimensions.emplace_back(p.begin(), p.end());
    }
    Symbols symbols;
    for (std::size_t row = 0; row < layout.rows; ++row)
        for (auto& dimension : dimensions) symbols.push_back(static_cast<std::uint8_t>(dimension(random)));
    return symbols;
}

/// Bytes that an ideal coder needs which knows these probabilities.
double information(const BlockLayout& layout, const Symbols& symbols) {
    double bits = 0;
    for (std::size_t d = 0; d < layout.dimensions; ++d) {
        const std::vector<double> p = probabilities(d, layout.bits);
        for (std::size_t i = d; i < symbols.size(); i += layout.dimensions) bits -= std::log2(p[symbols[i]]);
    }
    return bits / 8;
}

std::string zstd(const std::string& content) {
    std::string frame(ZSTD_compressBound(content.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 3));
    return frame;
}

/// What this process has held at most.
long most_kilobytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

bool is_refused(const BlockLayout& layout, const std::string& bytes) {
    return !decompress_block(layout, bytes).has_value();
}

class CodeBlock : public testing::TestWithParam<int> {
protected:
    BlockLayout layout(std::size_t rows, std::size_t dimensions) const { return {rows, dimensions, GetParam()}; }
};

TEST_P(CodeBlock, IsItsOwnExactInverse) {
    for (const std::size_t rows : {1u, 2u, 3u, 7u, 100u, 256u})
        for (const std::size_t dimensions : {1u, 2u, 5u, 64u}) {
            const BlockLayout shape = layout(rows, dimensions);
            const Symbols symbols = draw(shape, static_cast<unsigned>(rows + dimensions));
            const std::string bytes = compress_block(shape, symbols);
            EXPECT_GE(bytes.size(), rows);
            EXPECT_LE(bytes.size(), std::max(rows, shape.packed_bytes() + 16)) << "the frame's own bytes, at most";
            EXPECT_EQ(decompress_block(shape, bytes), symbols) << rows << " × " << dimensions;
        }
}

TEST_P(CodeBlock, CostsLittleMoreThanTheInformation) {
    const BlockLayout shape = layout(256, 64);
    const Symbols symbols = draw(shape, 5);
    const double least = information(shape, symbols);
    const double bytes = static_cast<double>(compress_block(shape, symbols).size());
    EXPECT_TRUE(bytes > 0.9 * least && bytes < 1.07 * least) << bytes << " where " << least << " are the least";
}

TEST_P(CodeBlock, NoticesEveryTruncationAndWhatFollows) {
    const BlockLayout shape = layout(40, 9);
    const std::string bytes = compress_block(shape, draw(shape, 9));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        ASSERT_TRUE(is_refused(shape, bytes.substr(0, size)) || size == shape.packed_bytes()) << size;
    for (const std::string& more : {std::string(1, '\0'), std::string("x"), bytes})
        EXPECT_TRUE(is_refused(shape, bytes + more));
    for (const std::size_t rows : {20u, 39u, 41u}) {
        const BlockLayout other = layout(rows, 9);
        EXPECT_TRUE(is_refused(other, bytes) || bytes.size() == other.packed_bytes()) << rows;
    }
}

INSTANTIATE_TEST_SUITE_P(Bits, CodeBlock, testing::Range(1, 9));

TEST(CodeBlock, ThatZstdHasNoMemoryForIsNoDefect) {
    if (test::kIsSanitized) GTEST_SKIP() << "the sanitizer's malloc ends the program where there is no memory";
    const BlockLayout large{std::size_t(1) << 16, 64, 8};
    const Symbols symbols(large.symbols());
    const LittleMemory little(16 << 20);  // two blocks' bytes and less than zstd's tables
    EXPECT_THROW(compress_block(large, symbols), std::bad_alloc);
}

TEST(CodeBlock, UnitsThatAreAlwaysOffCostNearlyNothing) {
    const BlockLayout layout{256, 64, 8};
    EXPECT_EQ(compress_block(layout, Symbols(layout.symbols())).size(), layout.rows) << "a byte an image, no more";
}

TEST(CodeBlock, WhatCannotBeCompressedStaysAsItIs) {
    const BlockLayout layout{2, 3, 8};
    EXPECT_EQ(compress_block(layout, Symbols{1, 2, 3, 4, 5, 6}), (std::string{1, 4, 2, 5, 3, 6}));
    EXPECT_EQ(compress_block({2, 3, 4}, Symbols{1, 2, 3, 4, 5, 6}), (std::string{0x41, 0x52, 0x63}));
    EXPECT_EQ(compress_block({2, 1, 3}, Symbols{7, 5}).substr(0, 4), "\x28\xB5\x2F\xFD") << "one byte for two images";
}

TEST(CodeBlock, BitsThatBelongToNoSymbolAreRefused) {
    EXPECT_EQ(decompress_block({1, 2, 5}, "\x1F\x1F"), (Symbols{31, 31}));
    EXPECT_TRUE(is_refused({1, 2, 5}, "\x1F\x20"));
    EXPECT_EQ(decompress_block({1, 3, 3}, "\x3F\x07"), (Symbols{7, 7, 7}));
    EXPECT_TRUE(is_refused({1, 3, 3}, "\x40\x07"));
    EXPECT_TRUE(is_refused({1, 3, 3}, "\x3F\x08")) << "a fourth symbol";
}

TEST(CodeBlock, WhatAForgerCouldWriteIsRefused) {
    const BlockLayout layout{100, 5, 8};
    const std::string content(500, '\3');
    std::string good = zstd(content);
    good.resize(100, '\0');
    EXPECT_EQ(decompress_block(layout, good), Symbols(500, 3)) << "the forger's own frame holds";
    good.back() = 'x';
    EXPECT_TRUE(is_refused(layout, good)) << "not filled up with 0";
    good.back() = '\0';
    EXPECT_TRUE(is_refused(layout, good + '\0')) << "filled up further than it need be";
    const std::vector<std::string> bad = {zstd(content + '\3'), zstd(content.substr(1)),
                                          zstd(content.substr(200)) + zstd(content.substr(300)),
                                          std::string("\x50\x2A\x4D\x18\0\0\0\0", 8),  // a frame to be skipped
                                          std::string("\x27\xB5\x2F\xFD", 4)};         // of zstd 0.7
    for (std::string bytes : bad) {
        bytes.resize(100, '\0');
        EXPECT_TRUE(is_refused(layout, bytes)) << testing::PrintToString(bytes);
    }
}

TEST(CodeBlock, MemoryIsWhatTheLayoutSaysWhateverTheFrameDeclares) {
    std::string bomb = "\x28\xB5\x2F\xFD";
    bomb += std::string{0, '\x80'};                                                      // a window of 64 MiB
    for (int block = 0; block < 1024; ++block) bomb += std::string{2, 0, '\x10', '\0'};  // 2^17 times the byte 0
    bomb += std::string{1, 0, 0};                                                        // the last, empty
    const long before = most_kilobytes();
    EXPECT_TRUE(is_refused({100, 5, 8}, bomb));
    EXPECT_LT(most_kilobytes() - before, 8 << 10) << "of 131,072 KiB that the frame holds";
}

TEST(CodeBlock, AnyBytesDoNoHarm) {
    std::mt19937 random(11);
    const BlockLayout layout{50, 3, 5};
    const std::string good = compress_block(layout, draw(layout, 1));
    for (int trial = 0; trial < 20'000; ++trial) {
        std::string bytes = good;
        for (int flips = 0; flips < 1 + trial % 3; ++flips)
            bytes[4 + random() % (bytes.size() - 4)] = static_cast<char>(random());
        const auto symbols = decompress_block(layout, bytes);
        if (!symbols) continue;
        ASSERT_EQ(symbols->size(), layout.symbols());
        for (const std::uint8_t symbol : *symbols) ASSERT_LT(symbol, 32);
    }
}

}  // namespace
}  // namespace ae
