// The .aez container: round trip, random access, size, and every damage noticed.
#include "use/aez.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <cmath>
#include <cstring>
#include <random>

#include "ae/arithmetic.h"
#include "ae/error.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kHash(64, 'a');

struct Case {
    int images, dimensions, bits;
};

/// Codes with a dead dimension, a constant one, and the rest as a ReLU code has them.
std::vector<float> codes_of(const Case& c) {
    std::mt19937 random(3);
    std::normal_distribution<float> normal(1, 2);
    std::vector<float> codes;
    for (int i = 0; i < c.images; ++i)
        for (int d = 0; d < c.dimensions; ++d)
            codes.push_back(d == 0 ? 0 : d == 1 ? 2.5f : std::max(0.0f, normal(random) * static_cast<float>(d)));
    return codes;
}

struct Written {
    AezInfo info;
    std::vector<std::uint8_t> symbols;
    std::string bytes;
};

Written write(const Case& c) {
    const std::vector<float> codes = codes_of(c);
    Written written{
        {kHash, c.images, 4, 5, fit_quantizer(codes, static_cast<std::size_t>(c.dimensions), c.bits)}, {}, {}};
    written.symbols = written.info.quantizer.quantize(codes);
    written.bytes = serialize_aez(written.info, written.symbols);
    return written;
}

std::vector<float> all_codes(const Aez& aez) {
    std::vector<float> codes;
    for (std::size_t b = 0; b < aez.blocks(); ++b) {
        const std::vector<float> part = aez.codes(b);
        codes.insert(codes.end(), part.begin(), part.end());
    }
    return codes;
}

std::string refusal(const std::string& bytes) {
    try {
        all_codes(Aez(bytes, "x.aez"));
    } catch (const DataError& error) {
        return error.what();
    }
    return "was read";
}

class AezRoundTrip : public testing::TestWithParam<Case> {};

TEST_P(AezRoundTrip, GivesBackTheQuantisedCodesExactly) {
    const Written written = write(GetParam());
    const Aez aez(written.bytes, "x");
    EXPECT_EQ(aez.info().decoder_sha256, kHash);
    EXPECT_EQ(aez.info().images, GetParam().images);
    EXPECT_EQ(aez.info().height, 4);
    EXPECT_EQ(aez.info().width, 5);
    EXPECT_EQ(aez.info().quantizer.bits, GetParam().bits);
    EXPECT_EQ(aez.info().quantizer.low, written.info.quantizer.low);
    EXPECT_EQ(aez.info().quantizer.high, written.info.quantizer.high);
    EXPECT_EQ(aez.blocks(), static_cast<std::size_t>((GetParam().images + 255) / 256));
    EXPECT_EQ(all_codes(aez), written.info.quantizer.dequantize(written.symbols));
}

INSTANTIATE_TEST_SUITE_P(Cases, AezRoundTrip,
                         testing::Values(Case{1, 1, 1}, Case{1, 64, 8}, Case{255, 3, 2}, Case{256, 3, 3},
                                         Case{257, 3, 4}, Case{1000, 5, 5}, Case{600, 1, 8}, Case{3000, 7, 6},
                                         Case{513, 2, 7}));

TEST(Aez, CostsLittleMoreThanTheEntropy) {
    for (const int bits : {5, 8}) {
        const Written written = write({10'000, 16, bits});
        double entropy = 0;
        for (std::size_t d = 0; d < 16; ++d) {
            std::vector<double> counts(256);
            for (std::size_t i = d; i < written.symbols.size(); i += 16) ++counts[written.symbols[i]];
            for (const double n : counts) entropy -= n > 0 ? n * std::log2(n / 10'000) / 8 : 0;
        }
        // Every block of 256 images carries its own table of code lengths, so that it can be read alone.
        EXPECT_TRUE(static_cast<double>(written.bytes.size()) < entropy * 1.01 + 40 * 80 + 1000)
            << written.bytes.size() << " for " << entropy;
    }
}

TEST(Aez, AFewImagesCostNoMoreThanTheirBits) {
    const Written written = write({2, 64, 8});
    EXPECT_LE(written.bytes.size(), 100u + 8 * 64 + 8 + 4 + 2 * 64 + 4);
}

TEST(Aez, ABlockHasAtLeastAByteForEveryImage) {
    const Written written = write({2000, 1, 8});  // one dead dimension: no information at all
    EXPECT_GE(written.bytes.size(), 2000u);
    EXPECT_EQ(all_codes(Aez(written.bytes, "x")), std::vector<float>(2000, 0));
}

TEST(Aez, EveryFlippedBitIsRefused) {
    const Written written = write({300, 3, 4});
    for (std::size_t bit = 0; bit < 8 * written.bytes.size(); ++bit) {
        std::string damaged = written.bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        ASSERT_THAT(refusal(damaged), StartsWith("x.aez: ")) << "bit " << bit;
    }
}

TEST(Aez, EveryTruncationAndAnythingAfterTheEndIsRefused) {
    const Written written = write({300, 3, 4});
    for (std::size_t size = 0; size < written.bytes.size(); ++size)
        ASSERT_THAT(refusal(written.bytes.substr(0, size)), StartsWith("x.aez: ")) << size;
    EXPECT_THAT(refusal(written.bytes + '\0'), HasSubstr("has 1 bytes after its last block"));
}

/// The file with other bytes at `at`, and checksums that agree with them.
std::string forged(std::string bytes, std::size_t at, const std::string& change) {
    bytes.replace(at, change.size(), change);
    std::uint32_t header = 0;
    std::memcpy(&header, &bytes[12], 4);
    const auto crc = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), header - 4));
    std::memcpy(&bytes[header - 4], &crc, 4);
    return bytes;
}

std::string word(std::uint32_t value) {
    return {reinterpret_cast<const char*>(&value), 4};
}

TEST(Aez, WhatAForgerCouldWriteIsRefused) {
    const std::string good = write({300, 3, 4}).bytes;
    EXPECT_EQ(refusal(forged(good, 80, word(300))), "was read") << "the forger's own checksums hold";
    EXPECT_THAT(refusal(forged(good, 8, word(3))), HasSubstr("version 3"));
    EXPECT_THAT(refusal(forged(good, 80, word(0))), HasSubstr("0 images"));
    EXPECT_THAT(refusal(forged(good, 80, word(0xFFFFFFFF))), HasSubstr("4294967295 images"));
    EXPECT_THAT(refusal(forged(good, 80, word(200))), HasSubstr("does not fit 200 images"));
    EXPECT_THAT(refusal(forged(good, 80, word(299))), HasSubstr("block 1 holds no codes"));
    EXPECT_THAT(refusal(forged(good, 84, word(0))), HasSubstr("0×5"));
    EXPECT_THAT(refusal(forged(good, 84, word(0x80000000) + word(0x80000000))), HasSubstr("2147483648×2147483648"));
    EXPECT_THAT(refusal(forged(good, 92, word(5000))), HasSubstr("5000 dimensions"));
    EXPECT_THAT(refusal(forged(good, 92, word(0))), HasSubstr("0 dimensions"));
    EXPECT_THAT(refusal(forged(good, 92, word(4096))), HasSubstr("does not fit 300 images and 4096 dimensions"));
    EXPECT_THAT(refusal(forged(good, 96, std::string(1, 9))), HasSubstr("9 bits"));
    EXPECT_THAT(refusal(forged(good, 96, std::string(1, 0))), HasSubstr("0 bits"));
    EXPECT_THAT(refusal(forged(good, 97, std::string(1, 2))), HasSubstr("516 bits"));
    EXPECT_THAT(refusal(forged(good, 100, word(0x7FC00000))), HasSubstr("range of dimension 0"));
    EXPECT_THAT(refusal(forged(good, 104, word(0xBF800000))), HasSubstr("range of dimension 0"));
    EXPECT_THAT(refusal(forged(good, 12, word(50))), HasSubstr("header of 50 bytes"));
    std::uint32_t header = 0;
    std::memcpy(&header, &good[12], 4);
    EXPECT_THAT(refusal(forged(good, header - 20, word(255))), HasSubstr("255 bytes for block 0"));
    EXPECT_THAT(refusal(forged(good, header - 20, word(0x7FFFFFFF))), HasSubstr("for block 0"));
}

/// Files that exist must be read for ever: if this fails, the version has to change. The bytes that zstd writes may.
TEST(Aez, AFileOfVersionTwoIsReadAsEver) {
    std::vector<std::uint8_t> symbols;
    for (std::uint64_t i = 0; i < 700; ++i)
        for (const std::uint64_t modulus : {16, 5, 1})
            symbols.push_back(static_cast<std::uint8_t>(mix(i) % modulus * (mix(i) >> 60) / 15));
    const Quantizer quantizer{4, {0, -1.5f, 2}, {10, 1.5f, 2}};
    const Aez aez = read_aez(AE_SOURCE_DIR "/tests/golden/version2.aez");
    EXPECT_EQ(aez.info().decoder_sha256, kHash);
    EXPECT_EQ(aez.info().images, 700);
    EXPECT_EQ(aez.info().height, 2);
    EXPECT_EQ(aez.info().width, 3);
    EXPECT_EQ(all_codes(aez), quantizer.dequantize(symbols));
}

TEST(Aez, AFileOfVersionOneIsRefusedWithWhatToDo) {
    const std::string refused = refusal(forged(write({300, 3, 4}).bytes, 8, word(1)));
    EXPECT_THAT(refused, HasSubstr("is of .aez version 1; this program reads version 2 only"));
    EXPECT_THAT(refused, HasSubstr("compress the images again"));
}

TEST(Aez, OtherFilesAreRefused) {
    EXPECT_THAT(refusal(""), HasSubstr("not an .aez file"));
    EXPECT_THAT(refusal("PK\x03\x04 something else that is long enough"), HasSubstr("not an .aez file"));
    std::string as_text = write({300, 3, 4}).bytes;
    as_text.erase(as_text.find('\r'), 1);
    EXPECT_THAT(refusal(as_text), HasSubstr("not an .aez file"));
}

TEST(Aez, ATooLongCodeIsRefused) {
    const Written written = write({1, 1, 1});
    AezInfo info = written.info;
    info.quantizer.low.resize(4097), info.quantizer.high.resize(4097);
    EXPECT_THROW(serialize_aez(info, std::vector<std::uint8_t>(4097)), UsageError);
}

TEST(DecoderHash, CoversTheDecoderAndNothingElse) {
    Settings settings;
    settings.shape = Shape({6, 4, 2, 4, 6});
    const Shape& shape = settings.shape;
    std::vector<float> parameters(shape.parameters(), 0.5f);
    const std::string hash = decoder_sha256(settings, parameters);
    EXPECT_EQ(hash.size(), 64u);
    std::vector<float> other = parameters;
    other[shape.layers()[1].bias] = 0;
    settings.code_activation = Activation::linear;
    EXPECT_EQ(decoder_sha256(settings, other), hash) << "the encoder is free to change";
    for (const std::size_t at : {shape.layers()[2].weight, shape.layers()[3].bias, parameters.size() - 1}) {
        other = parameters;
        other[at] = 0;
        EXPECT_NE(decoder_sha256(settings, other), hash) << at;
    }
    Settings changed = settings;
    changed.activation = Activation::tanh;
    EXPECT_NE(decoder_sha256(changed, parameters), hash);
    changed = settings;
    changed.shape = Shape({6, 2, 4, 6});
    EXPECT_NE(decoder_sha256(changed, parameters), hash);
}

}  // namespace
}  // namespace ae
