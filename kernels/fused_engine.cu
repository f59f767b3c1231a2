// The engine `fused`: a step in four kernels, for the network that ships.
#include "ae/error.h"
#include "engine/fused_engine.h"
#include "fused_backend.h"

namespace ae {

static_assert(WholeStepBackend<FusedBackend<MnistNet>>);

namespace {

/// Tensor cores' m16n8k16 and 99 KB of shared memory a block came with 8.0.
constexpr int kLeastCapability = 8;

void check_capability() {
    int device = 0, capability = 0;
    check(cudaGetDevice(&device));
    check(cudaDeviceGetAttribute(&capability, cudaDevAttrComputeCapabilityMajor, device));
    if (capability < kLeastCapability)
        throw GpuError("engine fused: needs a GPU from sm_80 on, this is " + current_gpu() + "; use --engine cublas");
}

}  // namespace

std::unique_ptr<Engine> make_fused_engine(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    if (const std::string why = why_not_fused(settings, options); !why.empty())
        throw UsageError("engine fused: " + why + "; use --engine cublas");
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine fused: " + why);
    check_capability();
    return std::make_unique<BackendEngine<FusedBackend<MnistNet>>>("fused", settings, data, options);
}

}  // namespace ae
