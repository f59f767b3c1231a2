// The backend of the engine `fused`: memory, evaluation and validation as on any GPU, a step by four kernels.
//
// A step ends without the updates of layers 1 to 3: the next step's first kernel does them, or finish_steps(). What an
// engine is asked between runs it answers from finished weights, and a run stopped anywhere goes on with the same bits.
#pragma once
#include "cuda_backend.h"
#include "fused_costs.h"
#include "fused_kernels.h"

namespace ae {

template <class Net>
class FusedBackend : public CudaBackend {
public:
    /// The settings are those of a network of Net's shape, in batches of up to Net::kRows rows, without noise.
    FusedBackend(const Settings& settings, const Dataset& data, int capacity, const EngineOptions& options)
        : CudaBackend(settings, data, capacity, options) {
        require_shapes(settings.shape == Shape({Net::kPixels, Net::kHidden, Net::kCode, Net::kHidden, Net::kPixels}) &&
                       settings.batch_size <= Net::kRows && settings.noise.kind == NoiseKind::none);
        arguments_.images = training_images();
        arguments_.losses = epoch_losses();
        arguments_.schedule = schedule();
        arguments_.activation = settings.activation;
        arguments_.code_activation = settings.code_activation;
        arguments_.scratch = allocate_scratch();
        prepare_kernels();
    }

    /// A step that was begun is forgotten: what is set comes with finished weights.
    void set_clock(const Clock& clock) {
        CudaBackend::set_clock(clock);
        previous_rows_ = 0;
    }

    void train_step(const StepTensors<float>& t) {
        replay({t.input.rows, previous_rows_},
               [&] { launch_step(t, [](auto, auto launch_kernel) { launch_kernel(); }); });
        previous_rows_ = t.input.rows;
    }

    template <typename Each>
    void train_step(const StepTensors<float>& t, Each each) {
        launch_step(t, each);
        previous_rows_ = t.input.rows;
    }

    /// The updates that the last step has left.
    void finish_steps() {
        if (previous_rows_ != 0) launch_first(fused_first_kernel<Net, true, false>, 0);
        previous_rows_ = 0;
    }

private:
    /// All ask for the same division of a multiprocessor's memory, or it would be divided anew between two of them.
    static void prepare_kernels() {
        using Bytes = FusedSharedBytes<Net>;
        const auto prepare = [](auto kernel, std::size_t bytes) {
            allow_shared(kernel, bytes);
            prefer_shared(kernel);
        };
        prepare(fused_first_kernel<Net, false, true>, Bytes::kFirst);
        prepare(fused_first_kernel<Net, true, true>, Bytes::kFirst);
        prepare(fused_first_kernel<Net, true, false>, Bytes::kFirst);
        prepare(fused_forward_kernel<Net>, Bytes::kForward);
        prepare(fused_last_kernel<Net>, Bytes::kLast);
        prepare(fused_backward_kernel<Net>, Bytes::kBackward);
    }

    FusedScratch allocate_scratch() {
        constexpr std::size_t kRows = Net::kRows, kWide = kRows * Net::kHidden, kNarrow = kRows * Net::kCode;
        FusedScratch s{};
        s.chosen = chosen_.data();
        s.z1 = allocate(Net::kPixelBlocks * kWide);
        s.h1 = allocate(kWide);
        s.h2 = allocate(kNarrow);
        s.h3 = allocate(kWide);
        s.losses = allocate(Net::kPixelBlocks * kRows);
        s.dz4 = allocate(kRows * Net::kPixels);
        s.db4 = allocate(kRows / Net::kRowTile * Net::kPixels);
        s.da3 = allocate(Net::kPixelBlocks * kWide);
        s.dz3 = allocate(kWide);
        s.dz2 = allocate(kNarrow);
        s.dz1 = allocate(kWide);
        return s;
    }

    void launch_first(void (*kernel)(FusedArguments, int, int), int rows) {
        const unsigned updates = previous_rows_ == 0 ? 0 : Net::kUpdate2Blocks + Net::kUpdate3Blocks;
        launch(kernel, Net::kFirstLayerBlocks + updates, Net::kThreads, FusedSharedBytes<Net>::kFirst, stream(),
               arguments_, previous_rows_, rows);
    }

    template <typename Each>
    void launch_step(const StepTensors<float>& t, Each each) {
        using Bytes = FusedSharedBytes<Net>;
        const int rows = t.input.rows;
        const FusedCosts<Net> costs(previous_rows_, rows);
        const unsigned own_rows = Net::own_row_blocks(rows);
        const LayerTensors<float>& first = t.layers.front();  // the others' parameters lie behind
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
             [&] { start(fused_last_kernel<Net>, Net::row_tiles(rows) * Net::kPixelBlocks, Bytes::kLast, rows); });
        each([&] { return costs.backward(); },
             [&] { start(fused_backward_kernel<Net>, own_rows + Net::kUpdate4Blocks, Bytes::kBackward, rows); });
    }

    void start(void (*kernel)(FusedArguments, int), unsigned blocks, std::size_t shared_bytes, int rows) {
        launch(kernel, blocks, Net::kThreads, shared_bytes, stream(), arguments_, rows);
    }

    DeviceBuffer<std::uint32_t> chosen_{2 * Net::kRows};
    FusedArguments arguments_;
    int previous_rows_ = 0;  ///< of the step whose updates are still to be done; 0 where there is none
};

}  // namespace ae
