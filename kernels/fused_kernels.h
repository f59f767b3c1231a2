// The step as four kernels, one behind the other: K1 (E of the step before, A), K2 (B), K3 (C), K4 (D).
//
// Each is launched with the number of rows of its batch and no other number: the step, and with it Adam's step size and
// the place of the losses, stands in the Clock. K1 sees it before this step is counted, K3 and K4 after: K2 counts.
// All blocks have two threads for each row that a batch can have, 512; __launch_bounds__ leaves a thread 128 registers.
#pragma once
#include <algorithm>

#include "cuda.h"
#include "fused_phases.h"

namespace ae {

/// Dynamic shared memory. No kernel asks for more than the 99 KB that a block can have on every GPU from sm_80 on.
template <class Net>
struct FusedSharedBytes {
    static constexpr std::size_t kFirst =
        std::max(sizeof(FirstLayerShared<Net>), sizeof(UpdateShared<Net, Net::kMiddleColumns>));
    static constexpr std::size_t kForward = sizeof(MiddleShared<Net>);
    static constexpr std::size_t kLast = sizeof(LastLayerShared<Net>);
    static constexpr std::size_t kBackward =
        std::max(sizeof(MiddleShared<Net>), sizeof(UpdateShared<Net, Net::kLastColumns>));
    static_assert(std::max({kFirst, kForward, kLast, kBackward}) <= 99 << 10);
};

// ---------------------------------------------------------------------------------------------------------------------
// K1: 128 blocks own W1; where there was a step before, 32 more update W2 and W3

/// kUpdate: dW1, dW2, dW3 and Adam of the step before, of previous_rows rows. kForward: F1 of this one, of `rows`.
/// The first step of a run has only F1; after its last, an update alone finishes the weights.
template <class Net, bool kUpdate, bool kForward>
__global__ void __launch_bounds__(Net::kThreads, 1) fused_first_kernel(FusedArguments a, int previous_rows, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    if constexpr (kUpdate) {
        if (blockIdx.x >= Net::kFirstLayerBlocks) {
            auto& update = *reinterpret_cast<UpdateShared<Net, Net::kMiddleColumns>*>(memory);
            const unsigned id = blockIdx.x - Net::kFirstLayerBlocks;
            if (id < Net::kUpdate2Blocks)
                update_layer2<Net>(a, update, id, previous_rows);
            else
                update_layer3<Net>(a, update, id - Net::kUpdate2Blocks, previous_rows);
            return;
        }
    }
    auto& shared = *reinterpret_cast<FirstLayerShared<Net>*>(memory);
    const auto tile = FirstLayerTile::of<Net>(blockIdx.x);
    const std::uint64_t step = a.schedule.clock->step;  // of the batch to come, counted from 0
    if constexpr (kUpdate) {
        copy_choice<Net>(shared.previous, a.chosen(step - 1, Net::kRows), previous_rows);
        if constexpr (kForward) copy_choice<Net>(shared.current, a.chosen(step, Net::kRows), rows);
        __syncthreads();
        update_first_layer<Net>(a, shared, tile, previous_rows);
    } else {
        std::uint32_t* copy = blockIdx.x == 0 ? a.chosen(step, Net::kRows) : nullptr;
        choose_images<Net>(shared.current, copy, a.schedule.order, step);
        __syncthreads();
        load_first_layer<Net>(a, shared, tile);
    }
    if constexpr (kForward) forward_first_layer<Net>(a, shared, tile, rows);
}

// ---------------------------------------------------------------------------------------------------------------------
// K2: a block for two rows; one more counts the step and chooses the images of the next, which nobody waits for

template <class Net>
__global__ void __launch_bounds__(Net::kThreads, 1) fused_forward_kernel(FusedArguments a, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    if (blockIdx.x < Net::own_row_blocks(rows)) {
        auto& shared = *reinterpret_cast<MiddleShared<Net>*>(memory);
        forward_middle_layers<Net>(a, shared, static_cast<int>(blockIdx.x) * Net::kOwnRows, rows);
        return;
    }
    const std::uint64_t next = a.schedule.clock->step + 1;
    __syncthreads();
    if (threadIdx.x == 0) tick(*a.schedule.clock, a.schedule.adam);
    choose_images<Net>(a.chosen(next, Net::kRows), nullptr, a.schedule.order, next);
}

// ---------------------------------------------------------------------------------------------------------------------
// K3: a block for 16 rows and a block of pixels, 128 of 256 rows

template <class Net>
__global__ void __launch_bounds__(Net::kThreads, 1) fused_last_kernel(FusedArguments a, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    auto& shared = *reinterpret_cast<LastLayerShared<Net>*>(memory);
    last_layer<Net>(a, shared, LastLayerTile::of<Net>(blockIdx.x), rows);
}

// ---------------------------------------------------------------------------------------------------------------------
// K4: a block for two rows, and 112 that update W4

template <class Net>
__global__ void __launch_bounds__(Net::kThreads, 1) fused_backward_kernel(FusedArguments a, int rows) {
    AE_DYN_SHARED(unsigned char, memory);
    const unsigned own_rows = Net::own_row_blocks(rows);
    if (blockIdx.x < own_rows) {
        auto& shared = *reinterpret_cast<MiddleShared<Net>*>(memory);
        backward_middle_layers<Net>(a, shared, static_cast<int>(blockIdx.x) * Net::kOwnRows, rows);
    } else {
        auto& shared = *reinterpret_cast<UpdateShared<Net, Net::kLastColumns>*>(memory);
        update_layer4<Net>(a, shared, blockIdx.x - own_rows, rows);
    }
}

}  // namespace ae
