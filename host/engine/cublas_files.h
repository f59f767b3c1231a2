// The files that may be cuBLAS, or NCCL, in the order in which they are tried.
#pragma once
#include <string>
#include <vector>

namespace ae {

/// libcublas of a major version: where the system looks, in the toolkit of the build, in $CUDA_HOME and $CUDA_PATH,
/// then the files that there are in Python packages of NVIDIA's (nvidia-cublas) below $VIRTUAL_ENV, $CONDA_PREFIX, the
/// pythons of $PATH and the user's own; last, of whatever version the system has.
std::vector<std::string> cublas_files(int major, const std::string& toolkit_folder);

/// The first of the files that there is, with links followed, whose name tells the version; empty where only the
/// system's own search can tell. Loading the library to ask it takes a fifth of a second.
std::string first_that_exists(const std::vector<std::string>& files);

/// libnccl.so.2: where the system looks, in $CUDA_HOME and $CUDA_PATH, then in the same Python packages (nvidia-nccl).
std::vector<std::string> nccl_files();

/// What to do where none of them can be loaded.
std::string nccl_advice();

/// What to do where none of them can be loaded, with the places where Python packages were looked for.
std::string cublas_advice(int major);

}  // namespace ae
