#include "use/rans.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace ae {
namespace {

// The state lies in [kLowest, 2^31) between symbols.
constexpr std::uint32_t kLowest = 1u << 23;
constexpr std::uint32_t kMask = SymbolModel::kScale - 1;

}  // namespace

SymbolModel::SymbolModel(std::span<const std::uint16_t> frequencies) {
    if (frequencies.size() > frequency_.size() || std::accumulate(frequencies.begin(), frequencies.end(), 0u) != kScale)
        throw std::invalid_argument("rANS: up to 256 frequencies that sum to 4096 were expected");
    std::uint32_t next = 0;
    for (std::size_t s = 0; s < frequencies.size(); ++s) {
        frequency_[s] = frequencies[s];
        start_[s] = static_cast<std::uint16_t>(next);
        std::fill_n(symbols_.begin() + next, frequencies[s], static_cast<std::uint8_t>(s));
        next += frequencies[s];
    }
}

std::vector<std::uint16_t> scaled_frequencies(std::span<const std::uint64_t> weights) {
    const auto used = static_cast<std::uint64_t>(std::ranges::count_if(weights, [](std::uint64_t w) { return w > 0; }));
    const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t(0));
    std::vector<std::uint16_t> frequencies;
    std::uint32_t left = SymbolModel::kScale;
    for (const std::uint64_t weight : weights) {
        const std::uint64_t f = weight == 0 ? 0 : 1 + weight * (SymbolModel::kScale - used) / sum;
        frequencies.push_back(static_cast<std::uint16_t>(f));
        left -= static_cast<std::uint32_t>(f);
    }
    std::uint16_t& largest = *std::ranges::max_element(frequencies);
    largest = static_cast<std::uint16_t>(largest + left);
    return frequencies;
}

std::string rans_encode(std::span<const std::uint8_t> symbols, std::span<const SymbolModel> models) {
    std::string reversed;
    const auto put = [&](std::uint32_t byte) { reversed += static_cast<char>(byte & 0xFF); };
    std::uint32_t state = kLowest;
    for (std::size_t i = symbols.size(); i-- > 0;) {
        const SymbolModel& model = models[i % models.size()];
        const std::uint32_t frequency = model.frequency(symbols[i]);
        const std::uint32_t most = (kLowest >> SymbolModel::kScaleBits << 8) * frequency;
        for (; state >= most; state >>= 8) put(state);
        state = (state / frequency << SymbolModel::kScaleBits) + state % frequency + model.start(symbols[i]);
    }
    for (int shift = 0; shift < 32; shift += 8) put(state >> shift);
    std::ranges::reverse(reversed);
    return reversed;
}

std::size_t rans_decode(std::span<std::uint8_t> symbols, std::string_view bytes, std::span<const SymbolModel> models) {
    if (bytes.size() < 4) return 0;
    std::size_t at = 0;
    const auto take = [&] { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[at++])); };
    std::uint32_t state = 0;
    for (int i = 0; i < 4; ++i) state = state << 8 | take();
    if (state < kLowest || state >= kLowest << 8) return 0;
    std::size_t m = 0;
    for (std::uint8_t& symbol : symbols) {
        const SymbolModel& model = models[m];
        if (++m == models.size()) m = 0;
        const std::uint32_t slot = state & kMask;
        symbol = model.symbol_at(slot);
        state = model.frequency(symbol) * (state >> SymbolModel::kScaleBits) + slot - model.start(symbol);
        while (state < kLowest) {
            if (at == bytes.size()) return 0;
            state = state << 8 | take();
        }
    }
    return state == kLowest ? at : 0;
}

}  // namespace ae
