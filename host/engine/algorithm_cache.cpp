#include "engine/algorithm_cache.h"

#include <fmt/format.h>

#include <charconv>

namespace ae {

namespace {

constexpr std::size_t kDigits = 16;  // of a word

std::string hex(const Algorithm& algorithm) {
    std::string digits;
    for (const std::uint64_t word : algorithm) digits += fmt::format("{:016x}", word);
    return digits;
}

std::optional<Algorithm> parse_hex(const std::string& digits) {
    Algorithm algorithm{};
    if (digits.size() != algorithm.size() * kDigits) return std::nullopt;
    const char* at = digits.data();
    for (std::uint64_t& word : algorithm) {
        const auto [end, error] = std::from_chars(at, at + kDigits, word, 16);
        if (error != std::errc() || end != at + kDigits) return std::nullopt;
        at += kDigits;
    }
    return algorithm;
}

}  // namespace

std::optional<Algorithm> AlgorithmCache::find(const std::string& product) const {
    const auto digits = cache_.find(product);
    return digits ? parse_hex(*digits) : std::nullopt;
}

void AlgorithmCache::put(const std::string& product, const Algorithm& algorithm) {
    cache_.put(product, hex(algorithm));
}

}  // namespace ae
