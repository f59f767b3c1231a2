// The files that may be cuBLAS, in the order in which they are tried.
#pragma once
#include <string>
#include <vector>

namespace ae {

/// libcublas of a major version: where the system looks, in the toolkit of the build, in $CUDA_HOME and $CUDA_PATH,
/// then the files that there are in Python packages of NVIDIA's (nvidia-cublas) below $VIRTUAL_ENV, $CONDA_PREFIX, the
/// pythons of $PATH and the user's own; last, of whatever version the system has.
std::vector<std::string> cublas_files(int major, const std::string& toolkit_folder);

/// What to do where none of them can be loaded, with the places where Python packages were looked for.
std::string cublas_advice(int major);

}  // namespace ae
