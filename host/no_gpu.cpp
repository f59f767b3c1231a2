// Stands in for kernels/cublas_engine.cu and kernels/fused_engine.cu in a build without nvcc.
#include "ae/error.h"
#include "cublas_engine.h"
#include "fused_engine.h"

namespace ae {

std::string why_no_gpu() {
    return "this ae_cuda was built without CUDA (nvcc was not found)";
}

std::unique_ptr<Engine> make_cublas_engine(const Settings&, const EngineOptions&, const Dataset&) {
    throw GpuError("engine cublas: " + why_no_gpu() +
                   "; install the CUDA toolkit and build again, or use --engine cpu");
}

std::unique_ptr<Engine> make_fused_engine(const Settings& settings, const EngineOptions& options, const Dataset&) {
    if (const std::string why = why_not_fused(settings, options); !why.empty())
        throw UsageError("engine fused: " + why + "; use --engine cpu");
    throw GpuError("engine fused: " + why_no_gpu() + "; install the CUDA toolkit and build again, or use --engine cpu");
}

GpuReport gpu_report() {
    return {};
}
Peaks gpu_peaks() {
    return {};
}
void profiler_start() {}
void profiler_stop() {}

}  // namespace ae
