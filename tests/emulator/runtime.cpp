// Devices, copies and launches of the imitated runtime.
#include "runtime.h"

#include <cstdlib>
#include <cstring>

#include "control.h"
#include "executor.h"
#include "memory.h"
#include "stream.h"

namespace emulator {

namespace {

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
    note_written(to, bytes);
    return cudaSuccess;
}

cudaError_t set(void* to, int value, std::size_t bytes) {
    if (bytes > 0 && !on_device(to, bytes)) return cudaErrorInvalidValue;
    const DeviceMemory::Access access(device_memory());
    if (bytes == 0) return cudaSuccess;
    std::memset(to, value, bytes);
    if (executor() != nullptr)
        value == DeviceMemory::kUnset ? executor()->unset(to, bytes) : executor()->written(to, bytes);
    return cudaSuccess;
}

cudaError_t run_kernel(const cudaLaunchConfig_t& config, const KernelCall& call) {
    for (const void* p : call.arguments)
        if (!on_device(p, 0)) throw simt::Error("emulator: a kernel was given a pointer that is not device memory");
    control().clock_ms += control().kernel_ms;
    if (control().idle_kernels) return cudaSuccess;
    const DeviceMemory::Access access(device_memory());
    if (executor() != nullptr)
        executor()->run(config, call);
    else
        simt::run(config.gridDim, config.blockDim, config.dynamicSmemBytes, call.body);
    return cudaSuccess;
}

long number_in_environment(const char* name, long otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::atol(text);
}

Control machine_of_environment() {
    Control machine;
    machine.devices = int(number_in_environment("AE_EMULATOR_GPUS", 1));
    machine.fail_at = number_in_environment("AE_EMULATOR_FAIL_AT", 0);
    machine.has_nccl = number_in_environment("AE_EMULATOR_NCCL", 1) != 0;
    machine.first_device = int(number_in_environment("CUDA_VISIBLE_DEVICES", 0));
    if (std::getenv("CUDA_VISIBLE_DEVICES") != nullptr) machine.devices = 1;
    return machine;
}

}  // namespace

Control& control() {
    static Control one = machine_of_environment();
    return one;
}

std::map<const void*, FunctionSettings>& functions() {
    static std::map<const void*, FunctionSettings> one;
    return one;
}

Executor*& executor() {
    static Executor* one = nullptr;
    return one;
}

int& current_device() {
    thread_local int one = 0;
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

bool on_device(const void* p, std::size_t bytes) {
    return device_memory().contains(p, bytes);
}

cudaError_t launch(const cudaLaunchConfig_t& config, KernelCall call) {
    if (const cudaError_t failed = begin_call()) return failed;
    control().overlapping_launches += config.numAttrs != 0;
    const auto asked = functions().find(call.kernel);
    const std::size_t limit = asked == functions().end() ? simt::kSharedBytes : asked->second.shared_bytes;
    if (!simt::can_run(config.gridDim, config.blockDim, config.dynamicSmemBytes, limit))
        return end_call(cudaErrorInvalidConfiguration);
    return submit(config.stream, [config, call = std::move(call)] { return run_kernel(config, call); });
}

}  // namespace emulator

using namespace emulator;

// --- devices

namespace {

constexpr int kMultiProcessors = 1;

/// The limit for a block that asks for more than 48 KiB: 64 KiB on sm_75.
std::size_t most_shared_bytes() {
    return control().capability >= 8 ? simt::kMostSharedBytes : std::size_t(64 << 10);
}

}  // namespace

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (!control().has_code) return end_call(cudaErrorNoKernelImageForDevice);
    *attributes = {};
    attributes->ptxVersion = control().ptx_version;
    return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
    if (const cudaError_t failed = begin_call()) return failed;
    const bool is_carveout = attribute == cudaFuncAttributePreferredSharedMemoryCarveout;
    const std::size_t most = is_carveout ? 100 : most_shared_bytes();
    if (value < 0 || std::size_t(value) > most) return end_call(cudaErrorInvalidValue);
    FunctionSettings& settings = functions()[kernel];
    if (is_carveout)
        settings.carveout = value;
    else
        settings.shared_bytes = std::size_t(value);
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
    *device = current_device();
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (device < 0 || device >= control().devices) return end_call(cudaErrorInvalidDevice);
    current_device() = device;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (device >= control().devices) return end_call(cudaErrorInvalidDevice);
    const auto number = static_cast<char>(control().first_device + device);
    *properties = {"Emulated GPU", {{number}}, control().memory_bytes, control().capability, 0, kMultiProcessors};
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
    if (const cudaError_t failed = begin_call()) return failed;
    switch (attribute) {
        case cudaDevAttrComputeCapabilityMajor:
            *value = control().capability;
            break;
        case cudaDevAttrComputeCapabilityMinor:
            *value = 0;
            break;
        case cudaDevAttrMultiProcessorCount:
            *value = kMultiProcessors;
            break;
        case cudaDevAttrClockRate:
            *value = 2'000'000;
            break;  // kHz
        case cudaDevAttrMemoryClockRate:
            *value = 1'000'000;
            break;  // kHz
        case cudaDevAttrGlobalMemoryBusWidth:
            *value = 512;
            break;  // bits
    }
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

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (const cudaError_t refused = refuse_while_recording()) return refused;
    *memory = bytes == 0 ? nullptr : device_memory().allocate(bytes, control().memory_bytes);
    return bytes == 0 || *memory != nullptr ? cudaSuccess : end_call(cudaErrorMemoryAllocation);
}

cudaError_t cudaFree(void* memory) {
    if (memory == nullptr) return cudaSuccess;
    if (const cudaError_t refused = refuse_while_recording()) return refused;
    if (const cudaError_t failed = finish_legacy()) return end_call(failed);
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
    return submit(
        stream, [=] { return copy(to, from, bytes, kind); }, cudaGraphNodeTypeMemcpy);
}
/// A copy of pageable memory, which a real runtime has staged when it returns, and not yet copied.
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    const bool is_upload = bytes > 0 && from != nullptr && on_device(to, bytes) && !on_device(from, 1) &&
                           sides_agree(to, from, bytes, kind);
    if (!is_upload) return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
    if (const cudaError_t failed = begin_call()) return failed;
    const auto* first = static_cast<const std::byte*>(from);
    return submit_late(
        [=, staged = std::vector(first, first + bytes)] { return copy(to, staged.data(), bytes, kind); });
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
    if (const cudaError_t failed = begin_call()) return failed;
    return submit(
        stream, [=] { return set(to, value, bytes); }, cudaGraphNodeTypeMemset);
}
cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (bytes > 0 && !on_device(to, bytes)) return end_call(cudaErrorInvalidValue);
    return submit_late([=] { return set(to, value, bytes); });
}
