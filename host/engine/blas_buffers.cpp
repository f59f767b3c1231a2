#include "engine/blas_buffers.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <atomic>

#include "ae/error.h"

namespace ae {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{32} << 22;  // OpenBLAS's BUFFER_SIZE on x86-64, its largest

std::atomic<int> calls_now{0}, buffers_had{0};

}  // namespace

bool has_room_for(std::size_t bytes) noexcept {
    void* const room = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED && ::munmap(room, bytes) == 0;
}

BlasBuffer::BlasBuffer() : calls_(calls_now.fetch_add(1, std::memory_order_relaxed) + 1) {
    const int missing = calls_ - buffers_had.load(std::memory_order_relaxed);
    if (missing <= 0 || has_room_for(static_cast<std::size_t>(missing) * kBufferBytes)) return;
    calls_now.fetch_sub(1, std::memory_order_relaxed);
    const std::size_t mebibytes = (static_cast<std::size_t>(calls_) * kBufferBytes) >> 20;
    throw MemoryError(calls_ == 1
                          ? fmt::format("out of memory: matrix products need {} MiB", mebibytes)
                          : fmt::format("out of memory: matrix products of {} threads need {} MiB; --threads 1 needs "
                                        "least",
                                        calls_, mebibytes));
}

BlasBuffer::~BlasBuffer() {
    int had = buffers_had.load(std::memory_order_relaxed);
    while (had < calls_ && !buffers_had.compare_exchange_weak(had, calls_, std::memory_order_relaxed)) {
    }
    calls_now.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace ae
