// The compile-time constants of the fused step's kernels: the sizes of the network and how they are cut.
//
// Letters: B rows of the batch, P pixels, H the width of layers 1 and 3, C that of the code.
#pragma once
#include <cstddef>
#include <cstdint>

#include "ae/arithmetic.h"
#include "device/half.h"
#include "verbs/verbs.h"

namespace ae {

/// A network P-H-C-H-P for batches of up to kMaxRows rows. The pixels are cut into kBlocks blocks, the same for the
/// first layer's weights, the last layer's, and the images: so both layers' products with pixels are partial sums over
/// blocks, and those sums are the only things that blocks must send each other.
template <int kP, int kH, int kC, int kMaxRows, int kBlocks, int kUpdateColumns>
struct FusedNet {
    static constexpr int kPixels = kP, kHidden = kH, kCode = kC, kRows = kMaxRows;
    static constexpr int kThreads = 2 * kRows;  ///< of every block: a warp for 16 rows
    static constexpr int kWarps = kThreads / 32;

    static constexpr int kPixelBlocks = kBlocks;
    static constexpr int kBlockPixels = kPixels / kBlocks;
    static constexpr int kBlockDepth = (kBlockPixels + 15) / 16 * 16;  ///< where products run over them
    static constexpr int kBlockTiles = (kBlockPixels + 7) / 8;         ///< where they are columns of products
    static constexpr int kPixelStride = plane_stride(kBlockDepth);
    /// Bytes of a row of them: an odd number of 16, so that eight rows lie in different banks.
    static constexpr int kPixelPitch = (kBlockDepth / 16 | 1) * 16;
    static constexpr int kBlockBytes = kRows * kPixelPitch;  ///< of a block's pixels, as they are gathered (pixels.h)
    static constexpr std::size_t kBatchBytes = std::size_t(kBlocks) * kBlockBytes;

    static constexpr int kUnits = 8;                     ///< of layer 1, in a tile of its weights
    static constexpr int kRowTile = 16;                  ///< rows of a batch that share a block in the last layer
    static constexpr int kOwnRows = 2;                   ///< rows of a batch that share a block in the middle layers
    static constexpr int kLastColumns = kUpdateColumns;  ///< in a tile of W4 that a block updates
    static constexpr int kMiddleColumns = kUpdateColumns < 32 ? kUpdateColumns : 32;  ///< in one of W2 and W3

    // Places in the flat array of parameters, as Shape lays them out.
    static constexpr std::size_t kWeight1 = 0, kBias1 = kWeight1 + std::size_t(kP) * kH;
    static constexpr std::size_t kWeight2 = kBias1 + kH, kBias2 = kWeight2 + std::size_t(kH) * kC;
    static constexpr std::size_t kWeight3 = kBias2 + kC, kBias3 = kWeight3 + std::size_t(kC) * kH;
    static constexpr std::size_t kWeight4 = kBias3 + kH, kBias4 = kWeight4 + std::size_t(kH) * kP;

    static_assert(kRows % 32 == 0 && kHidden % 16 == 0 && kCode % 16 == 0 && kPixels % kBlocks == 0);
    /// As many as can be read at once where every block of pixels begins at a multiple of them.
    static constexpr int kPixelBytes = kBlockPixels % 16 == 0 ? 16 : kBlockPixels % 8 == 0 ? 8 : 4;
    static_assert(kBlockPixels % kPixelBytes == 0);
    static_assert(kHidden % kMiddleColumns == 0 && kCode % kMiddleColumns == 0 && kPixels % kLastColumns == 0);
    static_assert(kThreads >= kHidden && kThreads % kHidden == 0 && kThreads % kCode == 0);

    // Blocks of each kind.
    static constexpr unsigned kFirstLayerBlocks = kHidden / kUnits * kPixelBlocks;
    static constexpr unsigned kGatherBlocks = kRows / kRowTile;
    static constexpr unsigned kUpdate2Blocks = kHidden / 16 * (kCode / kMiddleColumns);
    static constexpr unsigned kUpdate3Blocks = kCode / 16 * (kHidden / kMiddleColumns);
    static constexpr unsigned kUpdate4Blocks = kHidden / 16 * (kPixels / kLastColumns);
    AE_HD static constexpr unsigned own_row_blocks(int rows) { return (unsigned(rows) + kOwnRows - 1) / kOwnRows; }
    AE_HD static constexpr unsigned row_tiles(int rows) { return (unsigned(rows) + kRowTile - 1) / kRowTile; }
};

/// The network that ships, cut for tensor cores (sm_80 and later, 99 KB of shared memory a block): 16 × 7 tiles of W1,
/// 112 pixels × 8 units each, and as many blocks of 16 rows × 112 pixels. 112 are whole steps of tensor cores and whole
/// loads of 16 bytes.
struct MnistNet : FusedNet<784, 128, 64, 256, 7, 56> {
    static constexpr bool kTensorCores = true;
    static constexpr std::size_t kMostShared = 99 << 10;
};

/// The same in smaller pieces, for sm_75: 64 KB a block, and products in FP32, whose tensor cores have another form.
struct SmallBlocksNet : FusedNet<784, 128, 64, 256, 14, 16> {
    static constexpr bool kTensorCores = false;
    static constexpr std::size_t kMostShared = 64 << 10;
};

// Powers of two by which values are scaled before they are split into halves (half.h). Gradients are those of the sum
// of the losses over rows and pixels; the mean is taken where they meet Adam. So |dz4| ≤ 1 whatever the batch.
constexpr float kActivationScale = 16;  ///< activations reach 4,094
constexpr float kWeightScale = 256;     ///< weights reach 255
constexpr float kGradientScale = 256;   ///< gradients reach 255
constexpr float kPixelScale = 255;      ///< pixels are their bytes

/// The results that the kernels of a step leave for later ones, in device memory. "By block": partial sums over a block
/// of pixels, to be added in the order of the blocks.
struct FusedScratch {
    std::uint8_t* pixels;  ///< [2 × kBatchBytes] of steps of even and of odd number
    float* z1;             ///< [kPixelBlocks × kRows × H] by block, × kPixelScale·kWeightScale
    float *h1, *h2, *h3;   ///< [kRows × H], [kRows × C], [kRows × H] activations
    float* losses;         ///< [kPixelBlocks × kRows] by block
    float* db4;            ///< [kRows/16 × P] sums over 16 rows
    float* da3;            ///< [kPixelBlocks × kRows × H] by block, × kGradientScale·kWeightScale

    // The factors of products, split by the kernel that computes them, × kActivationScale or kGradientScale.
    SplitArray split_h1, split_h2, split_h3;  ///< as h1, h2, h3
    SplitArray dz4, dz3, dz2, dz1;            ///< [kRows × P], [kRows × H], [kRows × C], [kRows × H]
};

/// The arguments of every kernel of a step.
struct FusedArguments {
    const std::uint8_t* images = nullptr;            ///< of the training set, P bytes each
    float *w = nullptr, *m = nullptr, *v = nullptr;  ///< parameters and moments, flat
    float* losses = nullptr;                         ///< of the current epoch's images, in their order
    Schedule schedule{};
    Activation activation = Activation::relu, code_activation = Activation::relu;
    FusedScratch scratch{};

    /// A block of the pixels of a step's batch (pixels.h). Steps are counted from 0.
    template <class Net>
    AE_HD std::uint8_t* block_pixels(std::uint64_t step, int block) const {
        return scratch.pixels + step % 2 * Net::kBatchBytes + block * Net::kBlockBytes;
    }
};

}  // namespace ae
