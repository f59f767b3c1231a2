// The step of the engine `fused`: a whole step in four kernels; work outside the step is done by plain verbs.
//
// A step ends without the updates of layers 1 to 3: the next step's first kernel does them, or finish(). Between runs
// the weights are always finished, and a run stopped anywhere continues bit-identically.
#pragma once
#include <vector>

#include "ae/verb_step.h"
#include "cublas/step.h"
#include "engine/step_memory.h"
#include "engine/step_recorder.h"
#include "fused/costs.h"
#include "fused/kernels.h"

namespace ae {

template <class Net>
class FusedStep {
public:
    using Real = float;
    using Tensors = StepTensors<float>;
    static constexpr bool kLooksAhead = false;

    /// The settings are those of a network of Net's shape, in batches of up to Net::kRows rows, without noise.
    FusedStep(const DeviceRun& run, const Settings& settings, const EngineOptions& options)
        : plain_(run, settings, options) {
        require_shapes(settings.shape == Shape({Net::kPixels, Net::kHidden, Net::kCode, Net::kHidden, Net::kPixels}) &&
                       settings.batch_size <= Net::kRows && settings.noise.kind == NoiseKind::none);
        arguments_.images = run.train.bytes;
        arguments_.losses = run.losses;
        arguments_.schedule = run.schedule;
        arguments_.activation = settings.activation;
        arguments_.code_activation = settings.code_activation;
        arguments_.scratch = allocate_scratch();
        prepare_kernels();
    }

    // --- the step ----------------------------------------------------------------------------------------------------
    void run(const Tensors& t) {
        run(t, [](auto, auto launch_kernel) { launch_kernel(); });
    }

    /// Calls each(cost, launch) for every kernel: launch() launches it, cost() says what it does, as a StepVerb.
    template <typename Each>
    void run(const Tensors& t, Each each) {
        launch_step(t, each);
    }

    /// The key of a step's launches: its rows, and those whose updates the step before has left.
    RecordingKey key(const StepKind& kind) const { return {kind.rows, previous_rows_}; }

    /// Says that a step of `rows` rows has been sent, launched or replayed.
    void sent(int rows) { previous_rows_ = rows; }

    /// The updates that the last step has left.
    void finish() {
        if (previous_rows_ != 0) launch_first(fused_first_kernel<Net, true, false>, 0);
        previous_rows_ = 0;
    }

    /// Discards the updates that are left: parameters that are set are complete.
    void forget() { previous_rows_ = 0; }

    // --- outside the step --------------------------------------------------------------------------------------------
    void forward(const Tensors& t, std::size_t l) { plain_.forward(t, l); }
    void take(const Tensors& t) { plain_.take(t); }
    void fetch(const Tensors& t, ImageSet set, int first) { plain_.fetch(t, set, first); }
    void score(const Tensors& t, int place) { plain_.score(t, place); }
    void reconstruct(const Tensors& t) { plain_.reconstruct(t); }

private:
    /// All ask for the same division of a multiprocessor's memory, or it would be divided again between two of them.
    static void prepare_kernels() {
        using Bytes = FusedSharedBytes<Net>;
        const auto prepare = [](auto kernel, std::size_t bytes) {
            allow_shared(kernel, bytes);
            prefer_shared(kernel);
        };
        prepare(fused_gather_kernel<Net>, sizeof(GatherShared<Net>));
        prepare(fused_first_kernel<Net, false, true>, Bytes::kFirst);
        prepare(fused_first_kernel<Net, true, true>, Bytes::kFirst);
        prepare(fused_first_kernel<Net, true, false>, Bytes::kFirst);
        prepare(fused_forward_kernel<Net>, Bytes::kForward);
        prepare(fused_last_kernel<Net>, Bytes::kLast);
        prepare(fused_backward_kernel<Net>, Bytes::kBackward);
    }

    float* allocate(std::size_t n) { return memory_.emplace_back(n).data(); }
    SplitArray allocate_split(std::size_t n) {
        auto* halves = reinterpret_cast<Half*>(allocate(n));
        return {halves, halves + n};
    }
    cudaStream_t stream() { return plain_.verbs().stream(); }

    FusedScratch allocate_scratch() {
        constexpr std::size_t kRows = Net::kRows, kWide = kRows * Net::kHidden, kNarrow = kRows * Net::kCode;
        FusedScratch s{};
        s.pixels = pixels_.data();
        check(cudaMemsetAsync(s.pixels, 0, pixels_.size(), stream()));
        s.z1 = allocate(Net::kPixelBlocks * kWide);
        s.h1 = allocate(kWide);
        s.h2 = allocate(kNarrow);
        s.h3 = allocate(kWide);
        s.split_h1 = allocate_split(kWide);
        s.split_h2 = allocate_split(kNarrow);
        s.split_h3 = allocate_split(kWide);
        s.losses = allocate(Net::kPixelBlocks * kRows);
        s.dz4 = allocate_split(kRows * Net::kPixels);
        s.db4 = allocate(kRows / Net::kRowTile * Net::kPixels);
        s.da3 = allocate(Net::kPixelBlocks * kWide);
        s.dz3 = allocate_split(kWide);
        s.dz2 = allocate_split(kNarrow);
        s.dz1 = allocate_split(kWide);
        return s;
    }

    /// Where no step came before, nothing is to be updated, and nobody has gathered the pixels.
    void launch_first(void (*kernel)(FusedArguments, int, int), int rows) {
        if (previous_rows_ == 0) start(fused_gather_kernel<Net>, Net::kGatherBlocks, sizeof(GatherShared<Net>));
        const unsigned updates = previous_rows_ == 0 ? 0 : Net::kUpdate2Blocks + Net::kUpdate3Blocks;
        start(kernel, Net::kFirstLayerBlocks + updates, FusedSharedBytes<Net>::kFirst, previous_rows_, rows);
    }

    template <typename Each>
    void launch_step(const StepTensors<float>& t, Each each) {
        using Bytes = FusedSharedBytes<Net>;
        const int rows = t.input.rows;
        const FusedCosts<Net> costs(previous_rows_, rows);
        const unsigned own_rows = Net::own_row_blocks(rows);
        const LayerTensors<float>& first = t.layers.front();  // the others' parameters follow
        arguments_.w = first.parameters.data;
        arguments_.m = first.m.data;
        arguments_.v = first.v.data;
        each([&] { return costs.first(); },
             [&] {
                 launch_first(
                     previous_rows_ == 0 ? fused_first_kernel<Net, false, true> : fused_first_kernel<Net, true, true>,
                     rows);
             });
        each([&] { return costs.forward(); },
             [&] { start(fused_forward_kernel<Net>, own_rows + 1, Bytes::kForward, rows); });
        each([&] { return costs.last(); },
             [&] {
                 start(fused_last_kernel<Net>, Net::row_tiles(rows) * Net::kPixelBlocks + Net::kGatherBlocks,
                       Bytes::kLast, rows);
             });
        each([&] { return costs.backward(); },
             [&] { start(fused_backward_kernel<Net>, own_rows + Net::kUpdate4Blocks, Bytes::kBackward, rows); });
    }

    template <typename... Rows>
    void start(void (*kernel)(FusedArguments, Rows...), unsigned blocks, std::size_t shared_bytes, Rows... rows) {
        launch(begin_, kernel, blocks, Net::kThreads, shared_bytes, stream(), arguments_, rows...);
    }

    VerbStep<CudaVerbs> plain_;
    DeviceBuffer<std::uint8_t> pixels_{2 * Net::kBatchBytes};
    std::vector<DeviceBuffer<float>> memory_;
    FusedArguments arguments_;
    /// Code for sm_90 and later waits where begin_after_kernel_before() says so; older code does not.
    Begin begin_ = code_version(fused_last_kernel<Net>) >= 90 ? Begin::overlapping : Begin::after_kernel_before;
    int previous_rows_ = 0;  ///< of the step whose updates are still to be done; 0 if there is none
};

// The overloads by which TrainingEngine drives it.

template <class Net>
RecordingKey recording_key(const FusedStep<Net>& step, const StepKind& kind) {
    return step.key(kind);
}
template <class Net>
void train_step(FusedStep<Net>& step, const StepTensors<float>& t) {
    step.run(t);
}
template <class Net>
void sent_step(FusedStep<Net>& step, const StepKind& kind) {
    step.sent(kind.rows);
}
template <class Net>
void finish_steps(FusedStep<Net>& step) {
    step.finish();
}
template <class Net>
void forget_steps(FusedStep<Net>& step) {
    step.forget();
}
template <class Net>
void time_step(FusedStep<Net>& step, const StepTensors<float>& t, StepTimes& times) {
    step.run(t, [&](auto cost, auto launch_kernel) { times.time(cost(), launch_kernel); });
    step.sent(t.input.rows);
}

}  // namespace ae
