#include "memory.h"

#include <cstdlib>
#include <cstring>

#include "executor.h"
#include "sanitizers.h"

namespace emulator {

namespace sanitizer = simt::sanitizer;

namespace {

constexpr std::size_t kAlignment = 256;  // cudaMalloc's

void* mutable_pointer(const void* p) {
    return const_cast<void*>(p);
}

}  // namespace

DeviceMemory& device_memory() {
    static DeviceMemory memory;
    return memory;
}

void* DeviceMemory::allocate(std::size_t bytes, std::size_t limit) {
    void* memory = nullptr;
    if (bytes > limit || bytes_ > limit - bytes || posix_memalign(&memory, kAlignment, bytes) != 0) return nullptr;
    std::memset(memory, kUnset, bytes);
    allocations_[memory] = bytes;
    bytes_ += bytes;
    if (executor() != nullptr) executor()->allocated(memory, bytes);
    sanitizer::poison(memory, bytes);
    return memory;
}

bool DeviceMemory::free(void* memory) {
    const auto at = allocations_.find(memory);
    if (at == allocations_.end()) return false;
    sanitizer::unpoison(memory, at->second);
    bytes_ -= at->second;
    if (executor() != nullptr) executor()->freed(memory);
    allocations_.erase(at);
    std::free(memory);
    return true;
}

bool DeviceMemory::contains(const void* p, std::size_t bytes) const {
    auto at = allocations_.upper_bound(p);
    if (at == allocations_.begin()) return false;
    --at;
    const auto offset = std::size_t(static_cast<const char*>(p) - static_cast<const char*>(at->first));
    return offset <= at->second && bytes <= at->second - offset;
}

DeviceMemory::Access::Access(const DeviceMemory& memory) : memory_(memory) {
    for (const auto& [p, bytes] : memory_.allocations_) sanitizer::unpoison(mutable_pointer(p), bytes);
}

DeviceMemory::Access::~Access() {
    for (const auto& [p, bytes] : memory_.allocations_) sanitizer::poison(mutable_pointer(p), bytes);
}

}  // namespace emulator
