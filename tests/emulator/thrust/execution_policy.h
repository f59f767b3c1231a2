// Stands in for the part of Thrust that the project uses: plain loops over device memory, at once.
#pragma once
#include "../memory.h"
#include "../runtime.h"
#include "system_error.h"

namespace thrust::cuda {

struct Policy {
    cudaStream_t stream = nullptr;
    Policy on(cudaStream_t s) const { return {s}; }
};
inline constexpr Policy par;

/// Runs `loop` with device memory open. Thrust waits for its results, so a stream that is recorded is refused.
template <typename F>
auto run(const Policy& policy, F loop) {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    if (policy.stream != nullptr)
        if (const cudaError_t failed = cudaStreamIsCapturing(policy.stream, &status)) throw system_error(failed);
    if (status != cudaStreamCaptureStatusNone) throw system_error(cudaErrorStreamCaptureUnsupported);
    const emulator::DeviceMemory::Access access(emulator::device_memory());
    return loop();
}

template <typename T>
void require_device(const T* first, const T* last) {
    if (!emulator::on_device(first, std::size_t(last - first) * sizeof(T)))
        throw simt::Error("emulator: a Thrust algorithm was given memory that is not device memory");
}

}  // namespace thrust::cuda
