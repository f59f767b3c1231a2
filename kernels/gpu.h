// What GPU there is.
#pragma once
#include <string>

namespace ae {

/// The GPU in use: "NVIDIA H200 (sm_90, 139 GiB)".
std::string current_gpu();

}  // namespace ae
