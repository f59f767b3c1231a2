// Stands in for kernels/engines/ in a build without nvcc.
#include "ae/error.h"
#include "engine/gpu.h"
#include "engine/model_group.h"

namespace ae {

std::string why_no_gpu() {
    return "this ae_cuda was built without CUDA (nvcc was not found)";
}

namespace {

[[noreturn]] void refuse(const std::string& engine) {
    throw GpuError("engine " + engine + ": " + why_no_gpu() +
                   "; install the CUDA toolkit and build again, or use --engine cpu");
}

}  // namespace

std::unique_ptr<Engine> make_cublas_engine(const Settings&, const EngineOptions&, const Dataset&) {
    refuse("cublas");
}

std::unique_ptr<Engine> make_cublaslt_engine(const Settings&, const EngineOptions&, const Dataset&) {
    refuse("cublaslt");
}

std::unique_ptr<ModelGroup> make_cublas_group(const std::vector<Settings>&, const EngineOptions&, const Dataset&) {
    refuse("cublas");
}

std::unique_ptr<Engine> make_fused_engine(const Settings& settings, const EngineOptions& options, const Dataset&) {
    if (const std::string why = why_not_fused(settings, options); !why.empty())
        throw UsageError("engine fused: " + why + "; use --engine cpu");
    refuse("fused");
}

std::unique_ptr<Network> make_gpu_network(const Settings&, std::span<const float>, const EngineOptions&) {
    refuse("cublas");
}

std::string why_not_a_gpu_each(Group&) {
    return why_no_gpu();
}

void begin_gpu_start() {}
GpuReport gpu_report() {
    return {};
}
std::string gpu_identity() {
    return "";
}
Peaks gpu_peaks(int) {
    return {};
}
void profiler_start() {}
void profiler_stop() {}

}  // namespace ae
