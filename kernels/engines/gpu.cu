// The GPU as the host sees it: whether it can be used, its peaks, and the profiler's switch.
#include <cuda_profiler_api.h>

#include <future>

#include "ae/error.h"
#include "cublas/products.h"
#include "device/device.h"
#include "device/gpu.h"
#include "engine/gpu.h"
#include "ranks/gpu_of_rank.h"

namespace ae {

namespace {

cudaError_t find_gpu() {
    int count = 0;  // left unset where there is no driver
    if (const cudaError_t status = cudaGetDeviceCount(&count); status != cudaSuccess) return status;
    if (count == 0) return cudaErrorNoDevice;
    return find_code();
}

int attribute(cudaDeviceAttr which) {
    int device = 0, value = 0;
    check(cudaGetDevice(&device));
    check(cudaDeviceGetAttribute(&value, which, device));
    return value;
}

/// Single-precision units of a multiprocessor (CUDA C++ Programming Guide, arithmetic throughput): 64 up to sm_80, 128
/// in all that came later.
int fp32_units(int capability) {
    return capability <= 80 ? 64 : 128;
}

/// Products and sums of halves that a multiprocessor's tensor cores do in a clock, summed in single precision: the
/// largest of an architecture's chips (peaks of NVIDIA's white papers over multiprocessors and clock, dense).
int tensor_units(int capability) {
    switch (capability) {
        case 80:
            return 1024;
        case 90:
            return 2048;
        case 100:
        case 103:
            return 4096;
        default:
            return 512;  // sm_75, 86, 89, 120; GeForce does half
    }
}

/// Without a GPU nothing will load cuBLAS, and nothing here does.
std::string toolkit() {
    constexpr int kVersion = CUDART_VERSION;
    const std::string cuda = "CUDA " + std::to_string(kVersion / 1000) + "." + std::to_string(kVersion % 1000 / 10);
    if (find_gpu() != cudaSuccess) {
        (void)cudaGetLastError();
        const std::string file = cublas_file();
        return cuda + (file.empty() ? "" : ", cuBLAS in " + file);
    }
    try {
        return cuda + ", cuBLAS " + cublas_version();
    } catch (const GpuError& error) {
        return cuda + "; " + error.what();
    }
}

}  // namespace

std::string why_no_gpu() {
    const cudaError_t status = find_gpu();
    const std::string why = status == cudaSuccess ? "" : explain(status);
    (void)cudaGetLastError();  // not an error of the calls to come
    return why;
}

std::string why_not_a_gpu_each(Group& group) {
    return take_gpu(group);
}

void begin_gpu_start() {
    int count = 0;
    const bool found = cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
    (void)cudaGetLastError();
    if (!found) return;
    const std::future<void> library = std::async(std::launch::async, load_cublas);  // what it throws, engines throw too
    (void)why_no_gpu();
}

std::string gpu_identity() {
    if (!why_no_gpu().empty()) return "";
    int driver = 0;
    check(cudaDriverGetVersion(&driver));
    return current_gpu() + " " + std::to_string(driver);
}

GpuReport gpu_report() {
    GpuReport report{toolkit(), built_architectures(), {}};
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess) count = 0;
    (void)cudaGetLastError();
    for (int device = 0; device < count; ++device) report.devices.push_back(describe_gpu(device));
    return report;
}

Peaks gpu_peaks(int) {
    const double clock = 1e3 * attribute(cudaDevAttrClockRate),
                 memory_clock = 1e3 * attribute(cudaDevAttrMemoryClockRate);
    const int capability =
        10 * attribute(cudaDevAttrComputeCapabilityMajor) + attribute(cudaDevAttrComputeCapabilityMinor);
    const double processor_clocks = attribute(cudaDevAttrMultiProcessorCount) * clock;
    const double bytes = attribute(cudaDevAttrGlobalMemoryBusWidth) / 8.0;
    return {2 * processor_clocks * fp32_units(capability), 2 * processor_clocks * tensor_units(capability),
            2 * memory_clock * bytes, "from the GPU's attributes: FP32 units, tensor cores and memory"};
}

void profiler_start() {
    if (why_no_gpu().empty()) check(cudaProfilerStart());
}

void profiler_stop() {
    if (why_no_gpu().empty()) check(cudaProfilerStop());
}

}  // namespace ae
