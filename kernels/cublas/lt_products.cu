// Products with epilogues. Row-major memory is read by columns and the factors are swapped, as cublas.cu explains. So
// cublasLt's D is cᵀ, its rows are our columns, and its bias along the rows of D is ours along the features; its A is
// our b, whose sums over the depth BGRADA gives.
#include <array>
#include <limits>
#include <tuple>
#include <vector>

#include "cublas/lt_call.h"
#include "cublas/lt_products.h"
#include "device/event_timer.h"
#include "device/gpu.h"

namespace ae {

namespace {

constexpr unsigned kAlignment = 256;  // the strictest that cublasLt asks for
constexpr int kProposals = 8;         // algorithms that are timed

cublasLtContext* create_cublaslt() {
    cublasLtHandle_t handle = nullptr;
    check(cublaslt_api().create(&handle));
    return handle;
}

unsigned alignment(const void* p) {
    const auto address = reinterpret_cast<std::uintptr_t>(p);
    unsigned bytes = kAlignment;
    while (address % bytes != 0) bytes /= 2;
    return bytes;
}

std::string cache_name() {
    int driver = 0;
    check(cudaDriverGetVersion(&driver));
    return "cublaslt " + current_gpu() + " " + std::to_string(driver) + " " +
           std::to_string(cublaslt_api().get_version());
}

template <typename T>
void set(cublasLtMatmulPreferenceOpaque_t& preference, cublasLtMatmulPreferenceAttributes_t attribute, T value) {
    check(cublaslt_api().set_preference(&preference, attribute, &value, sizeof value));
}

}  // namespace

std::size_t relu_mask_bytes(int rows, int cols) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(mask_ld(cols) / 8);
}

void CublasLt::Destroy::operator()(cublasLtContext* handle) const noexcept {
    (void)cublaslt_api().destroy(handle);
}

CublasLt::CublasLt(Precision math, bool timing) : handle_(create_cublaslt()), math_(math) {
    if (timing) cache_.emplace(cache_name());
}

CublasLt::Kind CublasLt::Kind::of(const LtProduct& p) {
    return {p.c.rows,
            p.c.cols,
            p.depth(),
            p.transpose_a,
            p.transpose_b,
            p.epilogue,
            alignment(p.a.data),
            alignment(p.b.data),
            alignment(p.c.data),
            alignment(p.bias.data)};
}

bool CublasLt::Kind::operator<(const Kind& o) const {
    const auto all = [](const Kind& k) {
        return std::tie(k.rows, k.cols, k.depth, k.transpose_a, k.transpose_b, k.epilogue, k.align_a, k.align_b,
                        k.align_c, k.align_bias);
    };
    return all(*this) < all(o);
}

std::string CublasLt::Kind::text(Precision math) const {
    std::string result = std::to_string(rows) + "x" + std::to_string(cols) + "x" + std::to_string(depth);
    result += std::string(" ") + (transpose_a ? 't' : 'n') + (transpose_b ? 't' : 'n');
    result += " math " + std::to_string(static_cast<int>(math)) + " epilogue " + std::to_string(code(epilogue));
    result += " aligned";
    for (const unsigned bytes : {align_a, align_b, align_c, align_bias}) result += " " + std::to_string(bytes);
    return result;
}

bool CublasLt::run(const LtProduct& p, bool often, cudaStream_t stream, const DeviceBuffer<std::byte>& workspace) {
    require_shapes(p.c.rows == (p.transpose_a ? p.a.cols : p.a.rows) &&
                   p.c.cols == (p.transpose_b ? p.b.rows : p.b.cols) &&
                   p.depth() == (p.transpose_b ? p.b.cols : p.b.rows) &&
                   (p.epilogue == Epilogue::none || p.bias.size == p.c.cols));
    const Kind kind = Kind::of(p);
    const LtCall call(handle_.get(), p, math_, stream, workspace);
    auto at = chosen_.find(kind);
    if (at == chosen_.end()) at = chosen_.emplace(kind, choose(kind, call, often)).first;
    if (!at->second) return false;
    check(call.launch(*at->second));
    return true;
}

std::optional<Algorithm> CublasLt::choose(const Kind& kind, const LtCall& call, bool often) {
    const bool timed = often && cache_;
    const std::string name = kind.text(math_);
    if (timed)
        if (const auto kept = cache_->find(name); kept && call.suits(*kept)) return kept;
    const std::vector<Algorithm> algorithms = proposed(kind, call, timed ? kProposals : 1);
    if (algorithms.empty()) return std::nullopt;
    if (algorithms.size() == 1) return algorithms.front();
    const auto best = fastest(algorithms, call);
    if (best) cache_->put(name, *best);
    return best;
}

std::vector<Algorithm> CublasLt::proposed(const Kind& kind, const LtCall& call, int most) const {
    cublasLtMatmulPreferenceOpaque_t preference;
    check(cublaslt_api().begin_preference(&preference, sizeof preference));
    set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<std::uint64_t>(call.workspace.size()));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, kind.align_b);
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, kind.align_a);
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, kind.align_c);
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, kind.align_c);

    std::array<cublasLtMatmulHeuristicResult_t, kProposals> results;
    int found = 0;
    const cublasStatus_t status = cublaslt_api().propose(handle_.get(), &call.operation, &call.a, &call.b, &call.d,
                                                         &call.d, &preference, most, results.data(), &found);
    if (is_refusal(status)) return {};
    check(status);
    std::vector<Algorithm> algorithms;
    for (int i = 0; i < found; ++i)
        if (const auto& result = results[static_cast<std::size_t>(i)]; result.state == CUBLAS_STATUS_SUCCESS)
            algorithms.push_back(std::bit_cast<Algorithm>(result.algo));
    return algorithms;
}

/// Times on the memory of the step itself: a product writes all of its destinations and reads none of them, and the one
/// that is kept runs last, so that only its results remain.
std::optional<Algorithm> CublasLt::fastest(const std::vector<Algorithm>& algorithms, const LtCall& call) const {
    check(cudaDeviceSynchronize());  // what still runs in other streams would be timed too
    std::optional<Algorithm> best;
    float least = std::numeric_limits<float>::infinity();
    for (const Algorithm& algorithm : algorithms) {
        const cublasStatus_t status = call.launch(algorithm);
        if (is_refusal(status)) continue;
        check(status);
        const float time = median_milliseconds(call.stream, [&] { check(call.launch(algorithm)); });
        if (best && !(time < least)) continue;
        best = algorithm;
        least = time;
    }
    return best;
}

}  // namespace ae
