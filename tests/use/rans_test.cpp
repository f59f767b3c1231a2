// The entropy coder: exact inverse, close to the entropy, and no harm from any bytes.
#include "use/rans.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace ae {
namespace {

using Symbols = std::vector<std::uint8_t>;
using Weights = std::vector<std::uint64_t>;

SymbolModel model_for(const Weights& weights) {
    return SymbolModel(scaled_frequencies(weights));
}

Symbols draw(std::size_t n, const Weights& weights, unsigned seed) {
    std::mt19937 random(seed);
    std::discrete_distribution<int> distribution(weights.begin(), weights.end());
    Symbols symbols(n);
    for (std::uint8_t& s : symbols) s = static_cast<std::uint8_t>(distribution(random));
    return symbols;
}

TEST(ScaledFrequencies, SumTo4096AndKeepEverySymbolThatOccurs) {
    const std::vector<Weights> cases = {
        {1}, {0, 0, 5}, {1, 1, 1}, {1, std::uint64_t(1) << 46}, Weights(256, 1), Weights(256, 1ull << 46)};
    for (Weights weights : cases) {
        const auto frequencies = scaled_frequencies(weights);
        EXPECT_EQ(std::accumulate(frequencies.begin(), frequencies.end(), 0), 4096);
        for (std::size_t s = 0; s < weights.size(); ++s) EXPECT_EQ(frequencies[s] > 0, weights[s] > 0) << s;
    }
    Weights skewed(256, 1);
    skewed[200] = 1'000'000;
    EXPECT_EQ(scaled_frequencies(skewed)[200], 4096 - 255);
}

TEST(SymbolModel, RefusesFrequenciesThatDoNotSumTo4096) {
    EXPECT_THROW(SymbolModel(std::vector<std::uint16_t>{4095}), std::invalid_argument);
    EXPECT_THROW(SymbolModel(std::vector<std::uint16_t>(257, 16)), std::invalid_argument);
}

TEST(Rans, IsItsOwnExactInverse) {
    for (const unsigned seed : {1u, 2u, 3u})
        for (const std::size_t n : {0u, 1u, 2u, 3u, 64u, 1000u}) {
            const std::vector<Weights> weights = {{1, 2, 3}, {1}, {1000, 1, 0, 1}, Weights(256, 1)};
            std::vector<SymbolModel> models;
            for (const Weights& w : weights) models.push_back(model_for(w));
            Symbols symbols(n);
            for (std::size_t i = 0; i < n; ++i)
                symbols[i] = draw(1, weights[i % 4], seed * 1000 + static_cast<unsigned>(i))[0];
            const std::string bytes = rans_encode(symbols, models);
            Symbols back(n, 0xEE);
            EXPECT_EQ(rans_decode(back, bytes, models), bytes.size());
            EXPECT_EQ(back, symbols);
        }
}

TEST(Rans, CostsTheEntropyAndFourBytes) {
    const Weights weights = {3000, 500, 300, 200, 60, 30, 5, 1};
    const SymbolModel model = model_for(weights);
    const Symbols symbols = draw(100'000, weights, 5);
    double bits = 0;
    for (const std::uint8_t s : symbols) bits -= std::log2(model.frequency(s) / 4096.0);
    const double bytes = static_cast<double>(rans_encode(symbols, {&model, 1}).size());
    EXPECT_TRUE(bytes >= bits / 8 && bytes <= bits / 8 * 1.0001 + 5) << bytes << " for " << bits / 8;
}

TEST(Rans, ASymbolThatIsCertainCostsNothing) {
    const SymbolModel model = model_for({0, 0, 1});
    EXPECT_EQ(rans_encode(Symbols(10'000, 2), {&model, 1}).size(), 4u);
}

TEST(Rans, SaysHowManyBytesItTookAndNoticesTruncation) {
    const SymbolModel model = model_for({5, 4, 3, 2, 1});
    const Symbols symbols = draw(500, {5, 4, 3, 2, 1}, 9);
    const std::string bytes = rans_encode(symbols, {&model, 1});
    Symbols back(symbols.size());
    EXPECT_EQ(rans_decode(back, bytes + "more", {&model, 1}), bytes.size());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(rans_decode(back, bytes.substr(0, size), {&model, 1}), 0u) << size;
    back.pop_back();
    EXPECT_EQ(rans_decode(back, bytes, {&model, 1}), 0u) << "there is one symbol more in it";
}

TEST(Rans, AnyBytesDoNoHarm) {
    std::mt19937 random(11);
    const std::vector<SymbolModel> models = {model_for({1, 0, 7}), model_for(Weights(256, 1))};
    for (int trial = 0; trial < 20'000; ++trial) {
        std::string bytes(random() % 40, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        if (!bytes.empty()) bytes[0] = static_cast<char>(bytes[0] & 0x7F);
        Symbols symbols(50);
        EXPECT_LE(rans_decode(symbols, bytes, models), bytes.size());
        for (std::size_t i = 0; i < symbols.size(); i += 2) EXPECT_TRUE(symbols[i] == 0 || symbols[i] == 2);
    }
}

}  // namespace
}  // namespace ae
