// The GPU in use, described for people.
#pragma once
#include <string>

namespace ae {

/// "NVIDIA H200 (sm_90, 139 GiB)"
std::string describe_gpu(int device);

/// The same for the current device. Throws GpuError where there is none.
std::string current_gpu();

}  // namespace ae
