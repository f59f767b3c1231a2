// Errors, devices, copies and launches of the imitated runtime.
#include "runtime.h"

#include <array>
#include <cstring>

#include "control.h"
#include "memory.h"
#include "stream.h"

namespace emulator {

namespace {

cudaError_t& last_error() {
    static cudaError_t error = cudaSuccess;
    return error;
}

struct ErrorText {
    cudaError_t error;
    const char *name, *text;
};
constexpr std::array kErrors{
    ErrorText{cudaSuccess, "cudaSuccess", "no error"},
    ErrorText{cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    ErrorText{cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    ErrorText{cudaErrorInitializationError, "cudaErrorInitializationError", "initialization error"},
    ErrorText{cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    ErrorText{cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
              "CUDA driver version is insufficient for CUDA runtime version"},
    ErrorText{cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    ErrorText{cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    ErrorText{cudaErrorNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice",
              "no kernel image is available for execution on the device"},
    ErrorText{cudaErrorUnsupportedPtxVersion, "cudaErrorUnsupportedPtxVersion",
              "the provided PTX was compiled with an unsupported toolchain."},
    ErrorText{cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    ErrorText{cudaErrorIllegalAddress, "cudaErrorIllegalAddress", "an illegal memory access was encountered"},
    ErrorText{cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    ErrorText{cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
              "operation not permitted when stream is capturing"},
    ErrorText{cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
              "operation failed due to a previous error during capture"},
    ErrorText{cudaErrorStreamCaptureUnjoined, "cudaErrorStreamCaptureUnjoined", "capturing stream has unjoined work"},
    ErrorText{cudaErrorStreamCaptureImplicit, "cudaErrorStreamCaptureImplicit",
              "operation would make the legacy stream depend on a capturing blocking stream"},
    ErrorText{cudaErrorCapturedEvent, "cudaErrorCapturedEvent",
              "operation not permitted on an event last recorded in a capturing stream"},
};

const ErrorText& text_of(cudaError_t error) {
    static constexpr ErrorText kUnknown{cudaErrorUnknown, "cudaErrorUnknown", "unknown error"};
    for (const ErrorText& e : kErrors)
        if (e.error == error) return e;
    return kUnknown;
}

bool needs_device(cudaMemcpyKind kind, bool destination) {
    return kind == cudaMemcpyDeviceToDevice || kind == (destination ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost);
}

bool sides_agree(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    const auto agrees = [&](const void* p, bool destination) {
        const bool whole = on_device(p, bytes);
        if (kind == cudaMemcpyDefault) return whole || !on_device(p, 1);
        return whole == needs_device(kind, destination);
    };
    return agrees(to, true) && agrees(from, false);
}

cudaError_t copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return cudaSuccess;
    if (to == nullptr || from == nullptr || !sides_agree(to, from, bytes, kind)) return cudaErrorInvalidValue;
    const DeviceMemory::Access access(device_memory());
    std::memcpy(to, from, bytes);
    return cudaSuccess;
}

cudaError_t run_kernel(const cudaLaunchConfig_t& config, const KernelCall& call) {
    for (const void* p : call.arguments)
        if (!on_device(p, 0)) throw simt::Error("emulator: a kernel was given a pointer that is not device memory");
    const DeviceMemory::Access access(device_memory());
    simt::run(config.gridDim, config.blockDim, config.dynamicSmemBytes, call.body);
    return cudaSuccess;
}

}  // namespace

Control& control() {
    static Control one;
    return one;
}

Live live() {
    return {device_memory().count(), device_memory().bytes(), live_handles()};
}

cudaError_t begin_call() {
    Control& c = control();
    ++c.calls;
    const bool fails = c.fail_at > 0 && (c.keep_failing ? c.calls >= c.fail_at : c.calls == c.fail_at);
    return fails ? end_call(c.fail_with) : cudaSuccess;
}

cudaError_t end_call(cudaError_t error) {
    if (error != cudaSuccess) last_error() = error;
    return error;
}

bool on_device(const void* p, std::size_t bytes) {
    return device_memory().contains(p, bytes);
}

cudaError_t launch(const cudaLaunchConfig_t& config, KernelCall call) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (!simt::can_run(config.gridDim, config.blockDim, config.dynamicSmemBytes))
        return end_call(cudaErrorInvalidConfiguration);
    return submit(config.stream, [config, call = std::move(call)] { return run_kernel(config, call); });
}

}  // namespace emulator

using namespace emulator;

// --- errors
// ------------------------------------------------------------------------------------------------------------

const char* cudaGetErrorName(cudaError_t error) {
    return text_of(error).name;
}
const char* cudaGetErrorString(cudaError_t error) {
    return text_of(error).text;
}
cudaError_t cudaGetLastError() {
    return std::exchange(last_error(), cudaSuccess);
}
cudaError_t cudaPeekAtLastError() {
    return last_error();
}

// --- devices
// -----------------------------------------------------------------------------------------------------------

namespace {

constexpr int kComputeCapability = 9, kMultiProcessors = 1;

}  // namespace

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, void (*)()) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (!control().has_code) return end_call(cudaErrorNoKernelImageForDevice);
    *attributes = {};
    return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (control().driver_version < CUDART_VERSION) return end_call(cudaErrorInsufficientDriver);
    if (control().devices == 0) return end_call(cudaErrorNoDevice);
    *count = control().devices;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
    if (const cudaError_t failed = begin_call()) return failed;
    *device = 0;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
    if (const cudaError_t failed = begin_call()) return failed;
    return device < control().devices ? cudaSuccess : end_call(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (device >= control().devices) return end_call(cudaErrorInvalidDevice);
    *properties = {"Emulated GPU", control().memory_bytes, kComputeCapability, 0, kMultiProcessors};
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
    if (const cudaError_t failed = begin_call()) return failed;
    *value = attribute == cudaDevAttrComputeCapabilityMajor ? kComputeCapability : kMultiProcessors;
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
    *version = control().driver_version;
    return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
    *version = CUDART_VERSION;
    return cudaSuccess;
}

// --- memory
// ------------------------------------------------------------------------------------------------------------

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (const cudaError_t refused = refuse_while_recording()) return refused;
    *memory = bytes == 0 ? nullptr : device_memory().allocate(bytes, control().memory_bytes);
    return bytes == 0 || *memory != nullptr ? cudaSuccess : end_call(cudaErrorMemoryAllocation);
}

cudaError_t cudaFree(void* memory) {
    if (memory == nullptr) return cudaSuccess;
    if (const cudaError_t refused = refuse_while_recording()) return refused;
    return device_memory().free(memory) ? cudaSuccess : end_call(cudaErrorInvalidValue);
}

cudaError_t cudaMemGetInfo(std::size_t* available, std::size_t* total) {
    if (const cudaError_t failed = begin_call()) return failed;
    *total = control().memory_bytes;
    *available = *total - std::min(*total, device_memory().bytes());
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
    if (const cudaError_t failed = begin_call()) return failed;
    return submit(stream, [=] { return copy(to, from, bytes, kind); });
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
    if (const cudaError_t failed = begin_call()) return failed;
    return submit(stream, [=] {
        if (bytes > 0 && !on_device(to, bytes)) return cudaErrorInvalidValue;
        const DeviceMemory::Access access(device_memory());
        if (bytes > 0) std::memset(to, value, bytes);
        return cudaSuccess;
    });
}
cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
    return cudaMemsetAsync(to, value, bytes, nullptr);
}
