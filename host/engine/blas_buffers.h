// OpenBLAS's own memory, which it asks for without an end where there is none.
#pragma once
#include <cstddef>

namespace ae {

/// Whether the system would give this much memory now.
bool has_room_for(std::size_t bytes) noexcept;

/// OpenBLAS keeps a buffer for each call that runs at the same time. Where the system refuses one, it asks again for
/// ever: the program would hang instead of saying that it is out of memory. One of these lives around each call.
class BlasBuffer {
public:
    /// Throws MemoryError if this call would need a buffer that the system does not have.
    BlasBuffer();
    ~BlasBuffer();
    BlasBuffer(const BlasBuffer&) = delete;
    BlasBuffer& operator=(const BlasBuffer&) = delete;

private:
    int calls_;  ///< that run now, with this one
};

}  // namespace ae
