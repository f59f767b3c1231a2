// The layers around the code, by the owners of rows: F2 and F3 (phase B), dX3 and dX2 (phase D).
//
// A block owns two rows of the batch. It adds the partial sums that the blocks of pixels left for them, always in the
// same order, and takes the rows through both small layers in fp32. All weights are on their way to registers before
// the first sum is there.
//
//   B  reads z1 by block [7 × 2 × H], W2, b2, W3, b3, b1; writes h1, h2, h3
//   D  reads da3 by block [7 × 2 × H], W3, W2, h3, h2, h1, the losses by block; writes dz3, dz2, dz1, the rows' losses
//
// For 128 and 64 units: 8 KB of sums and 64 KB of weights in, 1.3 KB out, a block.
#pragma once
#include "fused/net.h"
#include "fused/rows.h"

namespace ae {

/// 10 KB at 512 threads.
template <class Net>
struct MiddleShared {
    float wide[Net::kOwnRows][Net::kHidden];
    float narrow[Net::kOwnRows][Net::kCode];
    float sums[Net::kOwnRows][Net::kThreads];  ///< shares of products, before they are added
};

/// f(z), with the activation known only now: the same for all threads.
__device__ inline float activate(Activation f, float z) {
    switch (f) {
        case Activation::relu:
            return Activate<Activation::relu>::value(z);
        case Activation::tanh:
            return Activate<Activation::tanh>::value(z);
        default:
            return Activate<Activation::linear>::value(z);
    }
}
/// da·f'(z), from a = f(z).
__device__ inline float activate_grad(Activation f, float da, float a) {
    switch (f) {
        case Activation::relu:
            return Activate<Activation::relu>::grad(da, a);
        case Activation::tanh:
            return Activate<Activation::tanh>::grad(da, a);
        default:
            return Activate<Activation::linear>::grad(da, a);
    }
}

/// Phase B for rows first_row, first_row + 1 of `rows`.
template <class Net>
__device__ void forward_middle_layers(const FusedArguments& a, MiddleShared<Net>& s, int first_row, int rows) {
    constexpr int kH = Net::kHidden, kC = Net::kCode;
    begin_after_kernel_before();
    const ColumnShare<Net, kH, kC> w2(a.w + Net::kWeight2);
    const ColumnShare<Net, kC, kH> w3(a.w + Net::kWeight3);
    const float b1 = a.w[Net::kBias1 + w3.column()], b2 = a.w[Net::kBias2 + w2.column()],
                b3 = a.w[Net::kBias3 + w3.column()];
    const int thread = static_cast<int>(threadIdx.x);

    for (int i = thread; i < Net::kOwnRows * kH; i += Net::kThreads) {
        const int row = i / kH, unit = i % kH, at = first_row + row;
        float h = 0;  // of a row beyond the batch
        if (at < rows) {
            const float z = sum_blocks<Net>(a.scratch.z1, at, unit) * (1 / (kPixelScale * kWeightScale));
            h = activate(a.activation, z + b1);
            a.scratch.h1[at * kH + unit] = h;
            a.scratch.split_h1.set(at * kH + unit, h * kActivationScale);
        }
        s.wide[row][unit] = h;
    }
    __syncthreads();
    w2.store_shares(s.sums, s.wide);
    __syncthreads();
    for (int i = thread; i < Net::kOwnRows * kC; i += Net::kThreads) {
        const int row = i / kC, unit = i % kC, at = first_row + row;
        const float h = activate(a.code_activation, w2.sum_of_shares(s.sums, row, unit) + b2);
        if (at < rows) {
            a.scratch.h2[at * kC + unit] = h;
            a.scratch.split_h2.set(at * kC + unit, h * kActivationScale);
        }
        s.narrow[row][unit] = h;
    }
    __syncthreads();
    w3.store_shares(s.sums, s.narrow);
    __syncthreads();
    for (int i = thread; i < Net::kOwnRows * kH; i += Net::kThreads) {
        const int row = i / kH, unit = i % kH, at = first_row + row;
        const float h = activate(a.activation, w3.sum_of_shares(s.sums, row, unit) + b3);
        if (at < rows) {
            a.scratch.h3[at * kH + unit] = h;
            a.scratch.split_h3.set(at * kH + unit, h * kActivationScale);
        }
    }
}

/// The losses of the own rows, each added up by a thread that has no element of dz3, where there are enough.
template <class Net>
__device__ void add_losses(const FusedArguments& a, int first_row, int rows) {
    constexpr int kElements = Net::kOwnRows * Net::kHidden;
    const int own_row = static_cast<int>(threadIdx.x) - (Net::kThreads >= kElements + Net::kOwnRows ? kElements : 0);
    if (own_row < 0 || own_row >= Net::kOwnRows || first_row + own_row >= rows) return;
    float loss = 0;
    for (int block = 0; block < Net::kPixelBlocks; ++block)
        loss += a.scratch.losses[block * Net::kRows + first_row + own_row];
    a.losses[a.schedule.first() + static_cast<std::uint32_t>(first_row + own_row)] = loss / Net::kPixels;
}

/// Phase D for rows first_row, first_row + 1 of `rows`.
template <class Net>
__device__ void backward_middle_layers(const FusedArguments& a, MiddleShared<Net>& s, int first_row, int rows) {
    constexpr int kH = Net::kHidden, kC = Net::kCode;
    const RowShare<Net, kH, kC> w3(a.w + Net::kWeight3);
    const RowShare<Net, kC, kH> w2(a.w + Net::kWeight2);
    const float h2 = w3.output_of(a.scratch.h2, first_row, rows), h1 = w2.output_of(a.scratch.h1, first_row, rows);
    const int thread = static_cast<int>(threadIdx.x);
    begin_after_kernel_before();

    add_losses<Net>(a, first_row, rows);
    for (int i = thread; i < Net::kOwnRows * kH; i += Net::kThreads) {
        const int row = i / kH, unit = i % kH, at = first_row + row;
        float dz = 0;
        if (at < rows) {
            const float da = sum_blocks<Net>(a.scratch.da3, at, unit) * (1 / (kGradientScale * kWeightScale));
            dz = activate_grad(a.activation, da, a.scratch.h3[at * kH + unit]);
            a.scratch.dz3.set(at * kH + unit, dz * kGradientScale);
        }
        s.wide[row][unit] = dz;
    }
    __syncthreads();
    w3.multiply(s.wide, [&](int row, int unit, float da) {
        const int at = first_row + row;
        const float dz = at < rows ? activate_grad(a.code_activation, da, h2) : 0;
        if (at < rows) a.scratch.dz2.set(at * kC + unit, dz * kGradientScale);
        s.narrow[row][unit] = dz;
    });
    __syncthreads();
    w2.multiply(s.narrow, [&](int row, int unit, float da) {
        const int at = first_row + row;
        if (at >= rows) return;
        const float dz = activate_grad(a.activation, da, h1);
        a.scratch.dz1.set(at * kH + unit, dz * kGradientScale);
    });
}

}  // namespace ae
