// The engine `fused`: a step in four kernels, for the network that ships.
#include "ae/error.h"
#include "engine/fused_engine.h"
#include "fused_backend.h"

namespace ae {

static_assert(WholeStepBackend<FusedBackend<MnistNet>>);

namespace {

template <class Net>
constexpr bool kIsAsDeclared =
    kFusedWidths == std::array{Net::kPixels, Net::kHidden, Net::kCode, Net::kHidden, Net::kPixels} &&
    kFusedRows == Net::kRows;
static_assert(kIsAsDeclared<MnistNet> && kIsAsDeclared<SmallBlocksNet>);

/// Tensor cores' m16n8k16 and 99 KB of shared memory a block came with 8.0.
bool has_tensor_cores() {
    int device = 0, capability = 0;
    check(cudaGetDevice(&device));
    check(cudaDeviceGetAttribute(&capability, cudaDevAttrComputeCapabilityMajor, device));
    return capability >= 8;
}

template <class Net>
std::unique_ptr<Engine> make(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    return std::make_unique<BackendEngine<FusedBackend<Net>>>("fused", settings, data, options);
}

}  // namespace

std::unique_ptr<Engine> make_fused_engine(const Settings& settings, const EngineOptions& options, const Dataset& data) {
    if (const std::string why = why_not_fused(settings, options); !why.empty())
        throw UsageError("engine fused: " + why + "; use --engine cublas");
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine fused: " + why);
    return has_tensor_cores() ? make<MnistNet>(settings, options, data) : make<SmallBlocksNet>(settings, options, data);
}

}  // namespace ae
