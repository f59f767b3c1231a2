// What kernels/fused_engine.cu gives to the host, and host/no_gpu.cpp in its place where nvcc was not found.
#pragma once
#include <array>
#include <memory>
#include <string>

#include "ae/engine.h"

namespace ae {

/// What its kernels are compiled for, which kernels/fused_engine.cu checks: the network's widths and the largest batch.
inline constexpr std::array kFusedWidths{784, 128, 64, 128, 784};
inline constexpr int kFusedRows = 256;

/// Why the engine `fused` cannot do this, in one line; empty where it can.
std::string why_not_fused(const Settings& settings, const EngineOptions& options);

/// Throws UsageError where why_not_fused() is not empty, GpuError where there is no GPU.
std::unique_ptr<Engine> make_fused_engine(const Settings& settings, const EngineOptions& options, const Dataset& data);

}  // namespace ae
