// The shared memory of a block: its bytes, and for every two of them who touched them last.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ptx {

/// Who touches shared memory, and after how many barriers of the block and of the warp.
struct SharedToucher {
    std::uint16_t thread = 0, warp = 0;
    std::uint32_t barriers = 0, warp_barriers = 0;
};

class SharedMemory {
public:
    /// Memory of a block that begins: nobody has written it.
    void reset(std::size_t bytes);
    std::size_t size() const { return bytes_.size(); }
    std::uint8_t* at(std::uint64_t address) { return bytes_.data() + address; }

    // What is wrong with an access within the memory; null where nothing is.
    const char* read(std::uint64_t address, std::size_t bytes, const SharedToucher& by);
    const char* write(std::uint64_t address, std::size_t bytes, const SharedToucher& by);

private:
    static constexpr std::size_t kGranule = 2;  ///< a half

    struct Granule {
        SharedToucher writer, reader;
        bool written = false, has_reader = false;
    };

    std::vector<std::uint8_t> bytes_;
    std::vector<Granule> granules_;
};

}  // namespace ptx
