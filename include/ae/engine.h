// An engine trains and applies the network. Engines are siblings behind this interface: `cpu`, `cublas`, `cublaslt`,
// `fused`.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/dataset.h"
#include "ae/noise.h"
#include "ae/shape.h"

namespace ae {

/// What a product does with its factors before it multiplies and adds in FP32: nothing, or a rounding to 10 (TF32) or 7
/// (BF16) bits of mantissa, for tensor cores.
enum class Math { fp32, tf32, bf16 };

/// What a product sees of its factors' mantissas; all of them are kMantissaBits.
constexpr int mantissa_bits(Math math) {
    return math == Math::tf32 ? 10 : math == Math::bf16 ? 7 : kMantissaBits;
}

/// What defines a training run, whatever engine runs it. Two runs with equal settings see the same batches in the same
/// order from the same initial weights.
struct Settings {
    Shape shape;
    int batch_size = 256;
    Adam adam;
    std::uint64_t seed = 42;
    Activation activation = Activation::relu;       ///< of the hidden layers
    Activation code_activation = Activation::relu;  ///< of the one that gives the code
    Noise noise = {};                               ///< on what the network sees, in training and validation
};

/// How an engine runs it; none of this changes what is computed beyond rounding.
struct EngineOptions {
    Math math = Math::fp32;    ///< cpu: imitated, for what it does to the loss; slower
    bool graph = true;         ///< replay recorded steps (on a GPU); false launches the same code directly
    bool epoch_graph = false;  ///< record whole epochs, validation included, from the second on: one launch each (GPU)
    bool autotune = true;      ///< choose among algorithms by timing and keep the choice on disk (cublaslt)
    int threads = 0;           ///< CPU threads, 0 for one per processor
    bool truth = false;        ///< cpu only: double precision and plain loops, for tests
};

/// Everything that training changes: enough to stop, and to go on with the same bits.
struct State {
    std::uint64_t step = 0;         ///< steps done
    std::vector<float> parameters;  ///< flat, as Shape lays them out
    std::vector<float> m, v;        ///< Adam's moments, same layout
    std::vector<float> losses;      ///< of the current epoch's images so far, in their order; empty between epochs
};

/// Means over images (and pixels) of a set.
struct Metrics {
    double bce = 0;  ///< nats per pixel
    double mse = 0;
};

/// What came of an epoch.
struct EpochResult {
    double loss = 0;     ///< mean BCE of the training images, as they were trained on
    Metrics validation;  ///< after its last step
};

/// Per image: mean over its pixels.
struct Scores {
    std::vector<float> bce, mse;
};

/// One verb of a step as it ran: what it works on, what that costs, and how long it took. Of an engine that has a step
/// in kernels of its own, one of these.
struct StepVerb {
    std::string verb;         ///< as in ae/step.h
    std::string shape;        ///< of its destination; of a product M×N×K; of a kernel its blocks
    double flops = 0;         ///< of products; 0 elsewhere
    double tensor_flops = 0;  ///< what tensor cores do in place of some of these, on 16-bit factors
    double bytes = 0;         ///< of its operands, each touched once
    double seconds = 0;       ///< median, the wait for its end included
};

/// Not thread-safe; every function returns when its work is done. Each throws GpuError where the device fails.
class Engine {
public:
    virtual ~Engine() = default;

    virtual std::string name() const = 0;    ///< "cpu", "cublas", "cublaslt", "fused"
    virtual std::string device() const = 0;  ///< for people: "AMD EPYC, 2 threads", "NVIDIA H200 (sm_90, 139 GiB)"

    /// Trains `steps` steps on from where it stands.
    virtual void run(std::uint64_t steps) = 0;

    /// Trains `epochs` whole ones, with a validation after each: the bits and the results of run() and validate(). A
    /// GPU is sent one behind the other and waited for once, so nothing but the results crosses the bus. Throws
    /// std::logic_error in the middle of an epoch.
    virtual std::vector<EpochResult> run_epochs(int epochs) = 0;

    /// Trains `steps` (≥ 1) full steps as run() does, with the same bits, but waits after every verb to time it.
    virtual std::vector<StepVerb> profile(std::uint64_t steps) = 0;

    /// Mean BCE of the images trained on since the current epoch began (the one just ended, between epochs).
    virtual double epoch_loss() = 0;

    /// The same, image by image, in the order of training.
    virtual std::vector<float> losses() = 0;

    /// Over the data set's validation images.
    virtual Metrics validate() = 0;

    virtual State state() = 0;

    /// Throws ModelError when the sizes do not fit the shape.
    virtual void set_state(const State& state) = 0;

    /// images: n × pixels in [0, 1], row-major; all of these take any n, in chunks that fit memory. They throw
    /// ModelError where the values are not whole images, or whole codes for decode().
    virtual std::vector<float> encode(std::span<const float> images) = 0;       ///< n × code_size
    virtual std::vector<float> decode(std::span<const float> codes) = 0;        ///< n × pixels in (0, 1)
    virtual std::vector<float> reconstruct(std::span<const float> images) = 0;  ///< n × pixels in (0, 1)
    virtual Scores score(std::span<const float> images) = 0;  ///< of reconstruct(images) against images
};

/// `cpu`; `cublas`; `cublaslt`; `fused`, for 784-128-64-128-784 in batches of at most 256 images without noise; or
/// `auto`: where there is a GPU the engine that `ae_cuda bench` found fastest on it for such a network and batch,
/// before that cublas; else cpu. The engine keeps no reference to `data`. Throws UsageError for an unknown name or what
/// `fused` was not made for, GpuError where a GPU is needed and there is no usable one.
std::unique_ptr<Engine> make_engine(const std::string& name, const Settings& settings, const EngineOptions& options,
                                    const Dataset& data);

/// Why no GPU can be used here, in one line; empty where one can.
std::string why_no_gpu();

}  // namespace ae
