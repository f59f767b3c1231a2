// Device memory: host memory that the host may not touch.
#pragma once
#include <cstddef>
#include <map>

namespace emulator {

class DeviceMemory {
public:
    static constexpr int kUnset = 0xFF;  ///< every byte that nobody has written: a NaN in float and double

    /// Null where memory is short. Reads as NaN until written; the sanitizer's red zone begins at its last byte.
    void* allocate(std::size_t bytes, std::size_t limit);
    /// False for what is not the start of an allocation.
    bool free(void* memory);
    bool contains(const void* p, std::size_t bytes) const;

    std::size_t bytes() const { return bytes_; }
    std::size_t count() const { return allocations_.size(); }

    /// While one lives, device memory can be touched; otherwise AddressSanitizer reports who touches it.
    class Access {
    public:
        explicit Access(const DeviceMemory& memory);
        Access(const Access&) = delete;
        Access& operator=(const Access&) = delete;
        ~Access();

    private:
        const DeviceMemory& memory_;
    };

private:
    std::map<const void*, std::size_t> allocations_;
    std::size_t bytes_ = 0;
};

DeviceMemory& device_memory();

}  // namespace emulator
