// The GPUs that this build has code for: by nvcc, and by a kernel that does nothing but has attributes on those GPUs.
#include "device/device.h"
#include "device/gpu.h"

namespace ae {

std::string built_architectures() {
    std::string text;
    for (const int arch : {__CUDA_ARCH_LIST__}) text += (text.empty() ? "sm_" : " sm_") + std::to_string(arch / 10);
    return text;
}

__global__ void probe_kernel() {}

cudaError_t find_code() {
    cudaFuncAttributes attributes{};
    return cudaFuncGetAttributes(&attributes, probe_kernel);
}

}  // namespace ae
