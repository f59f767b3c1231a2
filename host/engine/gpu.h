// The GPU as the host sees it: its engines, its name, its peaks and the profiler's switch. Defined in kernels/engines/;
// host/engine/no_gpu.cpp stands in for them in a build without nvcc.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/network.h"
#include "engine/peaks.h"

namespace ae {

/// Throws GpuError where why_no_gpu() is not empty.
std::unique_ptr<Engine> make_cublas_engine(const Settings& settings, const EngineOptions& options, const Dataset& data);
std::unique_ptr<Engine> make_cublaslt_engine(const Settings& settings, const EngineOptions& options,
                                             const Dataset& data);

class ModelGroup;

/// Models that are trained side by side by the verbs of `cublas`; why_not_together() is empty of any two of them.
/// Throws GpuError where there is no GPU.
std::unique_ptr<ModelGroup> make_cublas_group(const std::vector<Settings>& models, const EngineOptions& options,
                                              const Dataset& data);

/// What the kernels of `fused` are compiled for, which kernels/engines/fused.cu checks: the network's widths and the
/// largest batch.
inline constexpr std::array kFusedWidths{784, 128, 64, 128, 784};
inline constexpr int kFusedRows = 256;

/// Why the engine `fused` cannot do this, in one line; empty where it can.
std::string why_not_fused(const Settings& settings, const EngineOptions& options);

/// Throws UsageError where why_not_fused() is not empty, GpuError where there is no GPU.
std::unique_ptr<Engine> make_fused_engine(const Settings& settings, const EngineOptions& options, const Dataset& data);

/// A network that is only applied, by the verbs of `cublas`. Throws GpuError where there is no GPU.
std::unique_ptr<Network> make_gpu_network(const Settings& settings, std::span<const float> parameters,
                                          const EngineOptions& options);

/// Gives each rank a GPU of its own, which becomes the current one of this thread. Every rank calls it, before anything
/// that uses a GPU. Why that is not possible, in one line, the same on all ranks; empty where each has one.
std::string why_not_a_gpu_each(Group& group);

/// Makes the context and, meanwhile, loads cuBLAS, so that an engine made later need not. Nothing where there is no
/// GPU.
void begin_gpu_start();

/// For `ae_cuda info`.
struct GpuReport {
    std::string toolkit;  ///< "CUDA 13.0, cuBLAS 13.0.2", or why cuBLAS cannot be loaded; empty in a build without CUDA
    std::string architectures;         ///< "sm_75 sm_80 …", as built
    std::vector<std::string> devices;  ///< "NVIDIA H200 (sm_90, 139 GiB)"
};
GpuReport gpu_report();

/// "NVIDIA H200 (sm_90, 139 GiB) 13000": the GPU in use and its driver; empty where none can be used.
std::string gpu_identity();

/// From the attributes of the GPU in use: FP32 units × 2 × clock, and the memory's rate. The CPU's threads do not
/// matter.
Peaks gpu_peaks(int threads = 0);

/// cudaProfilerStart and cudaProfilerStop; nothing where no GPU can be used.
void profiler_start();
void profiler_stop();

}  // namespace ae
