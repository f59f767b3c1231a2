// Static range coding by asymmetric numeral systems (rANS): Duda, "Asymmetric numeral systems" (2013), section 3, with
// byte-wise renormalisation.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// The probability of each symbol, in units of 1/4096.
class SymbolModel {
public:
    static constexpr int kScaleBits = 12;
    static constexpr std::uint32_t kScale = 1u << kScaleBits;

    /// At most 256 frequencies that sum to 4096; std::invalid_argument otherwise. A symbol of frequency 0 cannot occur.
    explicit SymbolModel(std::span<const std::uint16_t> frequencies);

    std::uint32_t frequency(std::uint8_t symbol) const { return frequency_[symbol]; }
    std::uint32_t start(std::uint8_t symbol) const { return start_[symbol]; }
    std::uint8_t symbol_at(std::uint32_t slot) const { return symbols_[slot]; }

private:
    std::array<std::uint16_t, 256> frequency_{}, start_{};
    std::array<std::uint8_t, kScale> symbols_{};
};

/// Frequencies in proportion to the weights, at least 1 wherever there is a weight, summing to 4096. Integers alone, so
/// that every machine makes the same of them. Weights below 2^47, not all 0.
std::vector<std::uint16_t> scaled_frequencies(std::span<const std::uint64_t> weights);

/// Symbol i is coded by models[i mod models.size()]. Four bytes more than the information, at most.
std::string rans_encode(std::span<const std::uint8_t> symbols, std::span<const SymbolModel> models);

/// The exact inverse: fills `symbols` and returns how many bytes that took, 0 if `bytes` are not the result of
/// rans_encode() for this number of symbols.
std::size_t rans_decode(std::span<std::uint8_t> symbols, std::string_view bytes, std::span<const SymbolModel> models);

}  // namespace ae
