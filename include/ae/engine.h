// An engine trains and applies the network. All engines have this interface: `cpu`, `cublas`, `cublaslt`, `fused`.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/dataset.h"
#include "ae/network.h"
#include "ae/noise.h"
#include "ae/order.h"
#include "ae/scale.h"
#include "ae/shape.h"

namespace ae {

class Group;

/// The rounding of a matrix product's inputs, which are then multiplied and added in FP32: none, or to 10 (TF32) or 7
/// (BF16) bits of mantissa, for tensor cores.
enum class Precision { fp32, tf32, bf16 };

/// Bits of mantissa that a product's inputs keep.
constexpr int mantissa_bits(Precision math) {
    return math == Precision::tf32 ? 10 : math == Precision::bf16 ? 7 : kMantissaBits;
}

/// The most parts of a batch that make sense: each costs as much memory traffic as all parameters.
inline constexpr int kMostShards = 1024;

/// The definition of a training run, for any engine. Two runs with equal settings see the same batches in the same
/// order from the same initial weights.
struct Settings {
    Shape shape;
    int batch_size = 256;
    Adam adam;
    std::uint64_t seed = 42;
    Activation activation = Activation::relu;       ///< of the hidden layers
    Activation code_activation = Activation::relu;  ///< of the code layer
    Noise noise = {};                               ///< on the network's input, in training and validation
    Loss loss = Loss::bce;
    Scaling scaling = Scaling::none;  ///< of the numbers that it is trained on, which come to an engine scaled already
    /// Parts of each batch whose gradients are added in a fixed order, so that the bits do not depend on the number of
    /// ranks; 0: as many as there are ranks, so that they do. On a CPU only.
    int shards = 0;
};

inline Order Order::of(const Settings& settings, const Images& training_images, Shard shard) {
    return {settings.seed, static_cast<std::uint32_t>(training_images.count),
            static_cast<std::uint32_t>(settings.batch_size), static_cast<std::uint32_t>(shard.rank),
            static_cast<std::uint32_t>(shard.ranks)};
}

/// The images of a data set as CPU engines keep them.
struct CpuImageSets;

/// Those of `data`, for EngineOptions::images.
std::shared_ptr<const CpuImageSets> cpu_images(const Dataset& data);

/// The way an engine runs it; apart from rounding, none of this changes the results.
struct EngineOptions {
    Precision math = Precision::fp32;  ///< cpu: imitated, to show its effect on the loss; slower
    bool graph = true;         ///< replay steps as CUDA graphs (on a GPU); false launches the same code directly
    bool epoch_graph = false;  ///< capture whole epochs, validation included, from the second on: one launch each (GPU)
    bool autotune = true;      ///< choose among algorithms by timing and keep the choice on disk (cublaslt)
    int threads = 0;           ///< CPU threads, 0 for one per processor
    Group* group = nullptr;    ///< the ranks that share each batch, all of which make the same engine; null: none
    std::shared_ptr<const CpuImageSets> images = {};  ///< of the data set, for several CPU engines; none: its own
};

/// Everything that training changes: enough to stop, and to continue bit-identically.
struct State {
    std::uint64_t step = 0;         ///< steps done
    std::vector<float> parameters;  ///< flat, as Shape lays them out
    std::vector<float> m, v;        ///< Adam's moments, same layout
    /// The loss of each image seen so far in the current epoch, in order; empty between epochs.
    std::vector<float> losses;
};

/// Means over images (and pixels) of a set.
struct Metrics {
    double bce = 0;  ///< nats per pixel; of a network that is trained with mse, that once more
    double mse = 0;
};

/// The result of one epoch.
struct EpochResult {
    double loss = 0;     ///< mean loss of the training images, as they were trained on
    Metrics validation;  ///< after its last step
};

/// One verb of a step as it ran, with its costs and its time. For an engine with its own step kernels, one such
/// kernel.
struct StepVerb {
    std::string verb;         ///< or act: a name of ae/verb_step.h or ae/step.h
    std::string shape = {};   ///< of its destination; M×N×K for a product; the blocks of a kernel
    double flops = 0;         ///< of products; 0 elsewhere
    double tensor_flops = 0;  ///< the part of these that tensor cores do, on 16-bit inputs
    double bytes = 0;         ///< of its operands, each touched once
    double seconds = 0;       ///< median: on a GPU on its own clock, elsewhere with the wait for the end
};

/// The kernels that a GPU runs for a step in the middle of an epoch; 0 on a processor.
struct StepLaunches {
    int kernels = 0;
    int longest_chain = 0;  ///< the most of them that wait for one another
};

/// A step, taken apart.
struct StepProfile {
    std::vector<StepVerb> verbs;  ///< in their order
    StepLaunches launches;
};

/// Not thread-safe; every function returns when its work is done. Each throws GpuError where the device fails.
class Engine {
public:
    virtual ~Engine() = default;

    virtual std::string name() const = 0;    ///< "cpu", "cublas", "cublaslt", "fused"
    virtual std::string device() const = 0;  ///< for people: "AMD EPYC, 2 threads", "NVIDIA H200 (sm_90, 139 GiB)"

    /// Trains `steps` more steps.
    virtual void run(std::uint64_t steps) = 0;

    /// Trains `epochs` whole epochs, each with a validation: the results are bit-identical to run() and validate(). On
    /// a GPU the epochs are queued back to back and the host waits once, at the end; only the results cross the bus.
    /// Throws std::logic_error in the middle of an epoch.
    virtual std::vector<EpochResult> run_epochs(int epochs) = 0;

    /// Trains `steps` (≥ 1) full steps as run() does, with the same bits, and times every verb, a GPU by its own clock.
    /// Launches are counted if these are at least three steps of one epoch.
    virtual StepProfile profile(std::uint64_t steps) = 0;

    /// Mean loss of the images trained on since the current epoch began (the one just ended, between epochs).
    virtual double epoch_loss() = 0;

    /// The same, image by image, in the order of training.
    virtual std::vector<float> losses() = 0;

    /// Means over the data set's validation images.
    virtual Metrics validate() = 0;

    virtual State state() = 0;

    /// Throws ModelError when the sizes do not fit the shape.
    virtual void set_state(const State& state) = 0;

    /// The network in its present state, to be applied; it lives as long as the engine.
    virtual Network& network() = 0;
};

/// `cpu`; `cublas`; `cublaslt`; `fused`, for 784-128-64-128-784 and bce, in batches of at most 256 images of bytes
/// without noise; or `auto`: on a GPU, the engine that `ae_cuda bench` found fastest there for such a network and
/// batch, and cublas until then; without a GPU, cpu. The engine copies the images to its device and keeps no reference
/// to `data`. Throws UsageError for an unknown name, for images that do not fit the network or the batch, and for
/// settings that `fused` does not support, GpuError where a GPU is needed and there is no usable one.
std::unique_ptr<Engine> make_engine(const std::string& name, const Settings& settings, const EngineOptions& options,
                                    const Dataset& data);

/// Why no GPU can be used here, in one line; empty where one can.
std::string why_no_gpu();

}  // namespace ae
