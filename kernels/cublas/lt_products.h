// Products of row-major matrices with what precedes or follows them in a step, in one kernel, by cublasLt.
// Those who call them need not include cublasLt, whose header is large.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include "ae/engine.h"
#include "ae/view.h"
#include "device/device.h"
#include "engine/algorithm_cache.h"

struct cublasLtContext;

namespace ae {

/// The operation fused into the kernel of a product c ← op(a)·op(b).
enum class Epilogue : std::uint8_t {
    none,
    bias,            ///< c + bias
    relu_bias,       ///< relu(c + bias)
    relu_mask_bias,  ///< the same, and mask ← which elements are on
    relu_grad,       ///< c where the mask is on, otherwise 0; bias ← column sums of that
    bias_grad,       ///< bias ← column sums of b
};

struct LtProduct {
    Matrix<float> c;
    bool transpose_a;
    Matrix<float> a;
    bool transpose_b;
    Matrix<float> b;
    Epilogue epilogue = Epilogue::none;
    Vector<float> bias = {};    ///< [c.cols]; read or written, as the epilogue says
    std::byte* mask = nullptr;  ///< relu_mask_bytes() of device memory

    /// Length of the sums.
    int depth() const { return transpose_a ? a.rows : a.cols; }
};

struct LtCall;  // a product in cublasLt's form

/// Size of the mask of an output [rows × cols]: a bit an element, its rows a multiple of 128 bits, as cublasLt asks.
std::size_t relu_mask_bytes(int rows, int cols);

/// Runs products with the algorithm that was chosen for the first product of their kind: the one that an earlier run
/// found fastest; otherwise the one that is fastest now; without timing, the first that cublasLt proposes. An algorithm
/// always gives the same bits, but two may differ in the last ones: runs are bit-identical with the same cache or
/// without timing, but not if each had to time.
class CublasLt {
public:
    /// timing: use and fill the cache in the user's folder.
    CublasLt(Precision math, bool timing);

    /// Sends the product to `stream`, whose own workspace it uses; false, and nothing is sent, where cublasLt has no
    /// algorithm for the kind. The first call of a kind chooses, which cannot be recorded; `often`: worth timing.
    bool run(const LtProduct& product, bool often, cudaStream_t stream, const DeviceBuffer<std::byte>& workspace);

private:
    struct Destroy {
        void operator()(cublasLtContext* handle) const noexcept;
    };

    /// The kind of product that an algorithm is chosen for.
    struct Kind {
        int rows, cols, depth;
        bool transpose_a, transpose_b;
        Epilogue epilogue;
        unsigned align_a, align_b, align_c, align_bias;  ///< of the addresses, at most kAlignment

        bool operator<(const Kind& other) const;
        static Kind of(const LtProduct& product);
        std::string text(Precision math) const;
    };

    std::optional<Algorithm> choose(const Kind& kind, const LtCall& call, bool often);
    std::vector<Algorithm> proposed(const Kind& kind, const LtCall& call, int most) const;
    std::optional<Algorithm> fastest(const std::vector<Algorithm>& algorithms, const LtCall& call) const;

    std::unique_ptr<cublasLtContext, Destroy> handle_;
    Precision math_;
    std::optional<AlgorithmCache> cache_;  ///< none: no timing
    std::map<Kind, std::optional<Algorithm>> chosen_;
};

}  // namespace ae
