// The step as four kernels, one after the other: K1 (E of the step before, A), K2 (B), K3 (C), K4 (D).
//
// Each is launched with the number of rows of its batch and no other number: the step, and with it Adam's step size and
// the place of the losses, stands in the StepCounter. K1 sees it before this step is counted, K3 and K4 after: K2
// counts. From sm_90 on each begins while the one before still runs, loads what older kernels have left, and then waits
// (begin_after_kernel_before).
//
// All blocks have two threads for each row that a batch can have, 512; __launch_bounds__ leaves a thread 64 registers,
// so that two blocks have room on a multiprocessor.
#pragma once
#include <algorithm>

#include "device/device.h"
#include "fused/phases.h"

namespace ae {

/// Dynamic shared memory, within what a block can have on every GPU that the cut is for.
template <class Net>
struct FusedSharedBytes {
    static constexpr std::size_t kFirst =
        std::max(sizeof(FirstLayerShared<Net>), sizeof(UpdateShared<Net, Net::kMiddleColumns>));
    static constexpr std::size_t kForward = sizeof(MiddleShared<Net>);
    static constexpr std::size_t kLast = sizeof(LastLayerShared<Net>);
    static constexpr std::size_t kBackward =
        std::max(sizeof(MiddleShared<Net>), sizeof(UpdateShared<Net, Net::kLastColumns>));
    static_assert(std::max({kFirst, kForward, kLast, kBackward}) <= Net::kMostShared);
};

/// Whether the architecture that is being compiled for runs this cut; for others its kernels are left empty.
template <class Net>
__device__ constexpr bool runs_here() {
#if defined(__CUDA_ARCH__)
    return Net::kTensorCores == (__CUDA_ARCH__ >= 800);
#else
    return true;  // the emulator runs either
#endif
}

/// A kernel's shared memory, as the type that a phase has there.
template <typename Shared>
__device__ Shared& shared_as(unsigned char* memory) {
    return *reinterpret_cast<Shared*>(memory);
}

// ---------------------------------------------------------------------------------------------------------------------
// K1: the blocks that own W1; if there was a step before, the blocks after them update W2 and W3

/// E of the step before and A of this one, by an owner of W1.
template <class Net, bool kUpdate, bool kForward>
__device__ void own_first_layer(const FusedArguments& a, FirstLayerShared<Net>& shared, int previous_rows, int rows) {
    const auto tile = FirstLayerTile::of<Net>(blockIdx.x);
    if constexpr (!kUpdate) begin_after_kernel_before();
    const std::uint64_t step = a.schedule.clock->step;  // of the batch to come, counted from 0
    if constexpr (kUpdate) {
        load_pixels<Net>(shared.previous, a.block_pixels<Net>(step - 1, tile.block));
        if constexpr (kForward) load_pixels<Net>(shared.current, a.block_pixels<Net>(step, tile.block));
        update_first_layer<Net>(a, shared, tile, previous_rows);
    } else {
        load_pixels<Net>(shared.current, a.block_pixels<Net>(step, tile.block));
        load_first_layer<Net>(a, shared, tile);
        __syncthreads();
    }
    if constexpr (kForward) forward_first_layer<Net>(a, shared, tile, rows);
}

/// kUpdate: dW1, dW2, dW3 and Adam of the step before, of previous_rows rows. kForward: F1 of this one, of `rows`.
/// The first step of a run has only F1; after its last, an update alone finishes the weights.
template <class Net, bool kUpdate, bool kForward>
__global__ void __launch_bounds__(Net::kThreads, 2) fused_first_kernel(FusedArguments a, int previous_rows, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    if constexpr (runs_here<Net>()) {
        if (!kUpdate || blockIdx.x < Net::kFirstLayerBlocks)
            own_first_layer<Net, kUpdate, kForward>(a, shared_as<FirstLayerShared<Net>>(memory), previous_rows, rows);
        else
            update_middle_layers<Net>(a, shared_as<UpdateShared<Net, Net::kMiddleColumns>>(memory),
                                      blockIdx.x - Net::kFirstLayerBlocks, previous_rows);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// K2: a block for two rows; one more counts the step

__device__ inline void count_step(const Schedule& schedule) {
    begin_after_kernel_before();
    if (threadIdx.x == 0) tick(*schedule.clock, schedule.adam);
}

template <class Net>
__global__ void __launch_bounds__(Net::kThreads, 2) fused_forward_kernel(FusedArguments a, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    if constexpr (runs_here<Net>()) {
        if (blockIdx.x < Net::own_row_blocks(rows))
            forward_middle_layers<Net>(a, shared_as<MiddleShared<Net>>(memory),
                                       static_cast<int>(blockIdx.x) * Net::kOwnRows, rows);
        else
            count_step(a.schedule);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// K3: a block for 16 rows and a block of pixels; the blocks after them gather the pixels of the next step

/// By one of kGatherBlocks, the pixels of the step to come: between two steps the clock's number is that.
template <class Net>
__device__ void gather_batch(const FusedArguments& a, GatherShared<Net>& shared, unsigned id) {
    begin_after_kernel_before();
    gather_rows<Net>(a, shared, a.schedule.clock->step, static_cast<int>(id) * Net::kRowTile);
}

/// Before the first step of a run, whose pixels no step has gathered.
template <class Net>
__global__ void __launch_bounds__(Net::kThreads, 2) fused_gather_kernel(FusedArguments a) {
    AE_DYN_SHARED(unsigned char, memory);
    if constexpr (runs_here<Net>()) gather_batch<Net>(a, shared_as<GatherShared<Net>>(memory), blockIdx.x);
}

template <class Net>
__global__ void __launch_bounds__(Net::kThreads, 2) fused_last_kernel(FusedArguments a, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    if constexpr (runs_here<Net>()) {
        if (blockIdx.x < Net::row_tiles(rows) * Net::kPixelBlocks)
            last_layer<Net>(a, shared_as<LastLayerShared<Net>>(memory), LastLayerTile::of<Net>(blockIdx.x), rows);
        else
            gather_batch<Net>(a, shared_as<GatherShared<Net>>(memory),
                              blockIdx.x - Net::row_tiles(rows) * Net::kPixelBlocks);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// K4: a block for two rows; the blocks after them update W4

template <class Net>
__global__ void __launch_bounds__(Net::kThreads, 2) fused_backward_kernel(FusedArguments a, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    if constexpr (runs_here<Net>()) {
        const unsigned own_rows = Net::own_row_blocks(rows);
        if (blockIdx.x < own_rows)
            backward_middle_layers<Net>(a, shared_as<MiddleShared<Net>>(memory),
                                        static_cast<int>(blockIdx.x) * Net::kOwnRows, rows);
        else
            update_layer4<Net>(a, shared_as<UpdateShared<Net, Net::kLastColumns>>(memory), blockIdx.x - own_rows, rows);
    }
}

}  // namespace ae
