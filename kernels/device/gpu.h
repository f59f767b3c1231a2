// The GPU in use: whether there is code for it, and its description for people.
#pragma once
#include <cuda_runtime.h>

#include <string>

namespace ae {

/// An error of CUDA where this build has no code for the current device.
cudaError_t find_code();

/// "NVIDIA H200 (sm_90, 139 GiB)"
std::string describe_gpu(int device);

/// The same for the current device. Throws GpuError where there is none.
std::string current_gpu();

}  // namespace ae
