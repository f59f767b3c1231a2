// Bits in bytes, the lowest first, so that a whole word lies little-endian where it begins at a byte.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ae {

class BitWriter {
public:
    void put(std::uint64_t value, int bits) {
        for (int i = 0; i < bits; ++i, ++size_) {
            if (size_ % 8 == 0) bytes_ += '\0';
            bytes_.back() = static_cast<char>(bytes_.back() | (value >> i & 1) << size_ % 8);
        }
    }
    void align() { size_ = 8 * bytes_.size(); }

    /// Bytes as they are; only where the last bit ended a byte.
    void put(std::string_view bytes) {
        bytes_ += bytes;
        align();
    }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
    std::uint64_t size_ = 0;
};

/// Reads zeros past the end; beyond_end() then tells.
class BitReader {
public:
    explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t take(int bits) {
        std::uint64_t value = 0;
        for (int i = 0; i < bits; ++i, ++at_)
            if (at_ / 8 < bytes_.size())
                value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes_[at_ / 8]) >> at_ % 8 & 1) << i;
        return value;
    }
    /// True when all bits up to the next byte are 0.
    bool align() { return at_ % 8 == 0 || take(static_cast<int>(8 - at_ % 8)) == 0; }
    bool beyond_end() const { return at_ > 8 * static_cast<std::uint64_t>(bytes_.size()); }
    std::size_t byte() const { return static_cast<std::size_t>(at_ / 8); }

private:
    std::string_view bytes_;
    std::uint64_t at_ = 0;
};

}  // namespace ae
