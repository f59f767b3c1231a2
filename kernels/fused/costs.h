// The costs of the four kernels of a fused step, in operations and bytes, with which `ae_cuda explain` compares their
// times.
#pragma once
#include <string>

#include "ae/engine.h"
#include "fused/net.h"

namespace ae {

/// Operations are those of the products as step.h defines them; tensor cores do two or three for each, as fp32 values
/// are split (half.h): two where one factor are pixels. Bytes: what a kernel reads and writes, each once, however many
/// blocks read it; activations twice, since they are also kept split.
template <class Net>
class FusedCosts {
public:
    /// previous_rows: of the step whose first three layers are still to be updated; 0 where there is none.
    FusedCosts(int previous_rows, int rows) : previous_(previous_rows), rows_(rows) {}

    StepVerb first() const {
        const double middle = previous_ * 2 * kMiddle, wide = (previous_ + rows_) * kWide;
        const double values = rows_ * kBlocks * kHidden + previous_ * (2 * kBetween - kHidden);
        const unsigned updates = previous_ == 0 ? 0 : Net::kUpdate2Blocks + Net::kUpdate3Blocks;
        return kernel("dW1-3 adam F1", Net::kFirstLayerBlocks + updates, {0, middle, wide},
                      kFloat * (values + parameters(0, Net::kWeight4)) + (previous_ + rows_) * Net::kPixels);
    }
    StepVerb forward() const {
        const double values = rows_ * (kBlocks * kHidden + 2 * kBetween) + Net::kWeight4 - Net::kBias1;
        return kernel("F2 F3", Net::own_row_blocks(rows_) + 1, {rows_ * 2 * kMiddle, 0, 0}, kFloat * values);
    }
    StepVerb last() const {
        const double values =
            rows_ * (kHidden + Net::kPixels + kBlocks * kHidden + kBlocks) + (kHidden + 1) * Net::kPixels;
        return kernel("F4 bce dX4", Net::row_tiles(rows_) * Net::kPixelBlocks + Net::kGatherBlocks,
                      {0, rows_ * 2 * kWide, 0}, kFloat * values + 3 * rows_ * Net::kPixels);
    }
    StepVerb backward() const {
        const double values =
            rows_ * (kBlocks * kHidden + 2 * kBetween + kHidden + Net::kPixels) + Net::kWeight4 - Net::kWeight2;
        return kernel("dX3 dX2 dW4 adam", Net::own_row_blocks(rows_) + Net::kUpdate4Blocks,
                      {rows_ * 2 * kMiddle, rows_ * kWide, 0},
                      kFloat * (values + parameters(Net::kWeight4, Net::kBias4 + Net::kPixels)));
    }

private:
    static constexpr double kFloat = sizeof(float);
    static constexpr double kHidden = Net::kHidden, kBlocks = Net::kPixelBlocks;
    static constexpr double kBetween = 2 * Net::kHidden + Net::kCode;   ///< units of the three inner layers
    static constexpr double kWide = 2.0 * Net::kPixels * Net::kHidden;  ///< operations of a row in a large layer
    static constexpr double kMiddle = 2.0 * Net::kHidden * Net::kCode;  ///< and in a small one

    /// By the units that multiply: FP32 units, tensor cores with both factors split, with one.
    struct Operations {
        double fp32, split, exact;
    };

    /// Parameters and their moments: read, and written where there is something to update.
    double parameters(std::size_t first, std::size_t end) const {
        return static_cast<double>(end - first) * (first == 0 && previous_ == 0 ? 1 : 6);
    }

    static StepVerb kernel(const char* name, unsigned blocks, const Operations& o, double bytes) {
        const double on_tensor_cores = Net::kTensorCores ? 3 * o.split + 2 * o.exact : 0;
        return {.verb = name,
                .shape = std::to_string(blocks) + " blocks",
                .flops = o.fp32 + o.split + o.exact,
                .tensor_flops = on_tensor_cores,
                .bytes = bytes};
    }

    int previous_, rows_;
};

}  // namespace ae
