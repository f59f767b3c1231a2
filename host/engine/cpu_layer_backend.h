// The CPU engine's backend: what follows a product is done tile by tile, while the tile lies in the cache, and the
// products with images skip their black pixels.
//
// No sum runs across tasks but that of linear_grad's column sums, which one thread adds up block by block: here too the
// bits are the same for any number of threads.
#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "engine/cpu_backend.h"
#include "engine/sparse_products.h"

namespace ae {

class CpuLayerBackend : public CpuBackend<float> {
    using M = Matrix<float>;
    using V = Vector<float>;

public:
    using CpuBackend::CpuBackend;

    void upload(float* to, std::span<const float> from) {
        CpuBackend::upload(to, from);
        if (to == held_) held_ = nullptr;
    }

    // --- images: x is not written where their entries do for all that follows -------------------------------------
    void gather(M x) { hold(x, ImageSet::train, step_images()); }
    void fetch(M x, ImageSet set, int first) { hold(x, set, images_from(first)); }

    void corrupt(M noisy, M x) {
        write_out(x);
        CpuBackend::corrupt(noisy, x);
    }
    void corrupt(M noisy, M x, int first) {
        write_out(x);
        CpuBackend::corrupt(noisy, x, first);
    }

    void score(M z, V bias, M x, int place) {
        for_range(z.rows, kRows, [&](int first, int n) {
            TargetRows target(*this, x);
            for (int r = first; r < first + n; ++r) score_row(z, bias, target.row(r), r, place);
        });
    }

    // --- layers -----------------------------------------------------------------------------------------------------
    void linear(M z, M x, M weight, V bias, Activation f) {
        for_rows(z, [&](const Tile& tile, int) {
            if (is_held(x))
                sparse_products().multiply(z.row_block(tile.row, tile.rows), batch_, weight, tile.row);
            else
                multiply(Product<float>{z, x, weight, false, false}, tile);
            loops<float>().bias_activation(z, bias, f, tile);
        });
    }

    void linear_grad(M da, V db, M a, M dz, M weight, Activation f) {
        column_sums_.resize(static_cast<std::size_t>(Tiling::by_rows(da.rows, da.cols).count() * da.cols));
        for_rows(da, [&](const Tile& tile, int i) {
            multiply(Product<float>{da, dz, weight, false, true}, tile);
            loops<float>().activation_grad(da, {column_sums_.data() + i * da.cols, da.cols}, a, f, tile);
        });
        const M sums{column_sums_.data(), static_cast<int>(column_sums_.size()) / da.cols, da.cols};
        loops<float>().sum_rows(db, sums, 0, db.size);
    }

    void linear_bce(M z, M x, M weight, V bias, M target) {
        float* losses = step_losses();
        for_rows(z, [&](const Tile& tile, int) {
            multiply(Product<float>{z, x, weight, false, false}, tile);
            TargetRows targets(*this, target);
            for (int r = tile.row; r < tile.row + tile.rows; ++r)
                losses[r] =
                    mean_of(loops<float>().bce({z.row(r), z.cols}, bias.data, targets.row(r), loss_scale(z)), z.cols);
        });
    }

    void weight_update(const LayerTensors<float>& layer, M x, bool is_last) {
        const M dw = layer.weight_gradient, dz = layer.output_gradient;
        const Move move{layer, adam_coefficients()};
        if (is_held(x)) {
            pool().run(batch_.blocks(), [&](int block) {
                sparse_products().multiply_tn(dw, batch_, dz, block);
                const int row = block * SparseImages::kBlock;
                move({row, std::min(SparseImages::kBlock, dw.rows - row), 0, dw.cols});
            });
            return;
        }
        const Tiling tiles = Tiling::by_wide_side(dw.rows, dw.cols);
        pool().run(tiles.count(), [&](int i) {
            const Tile tile = tiles[i];
            if (is_last && tile.row == 0)
                loops<float>().sum_rows(layer.bias_gradient, dz, tile.column, tile.column + tile.columns);
            multiply(Product<float>{dw, x, dz, true, false}, tile);
            move(tile);
        });
    }

private:
    static constexpr double kDenseFrom = 0.4;  // above this share of non-zero pixels OpenBLAS is faster

    /// Adam on the part of a layer that a tile of its weights' gradient is for, and on the biases below its first row.
    struct Move {
        const LayerTensors<float>& layer;
        AdamCoefficients<float> coefficients;

        void operator()(const Tile& tile) const {
            constexpr int kAhead = 2;
            const int width = layer.weight.cols, end = tile.row + tile.rows;
            for (int r = tile.row; r < end; ++r) {
                if (r + kAhead < end) prefetch((r + kAhead) * width + tile.column, tile.columns);
                elements(r * width + tile.column, tile.columns);
            }
            if (tile.row == 0) elements(layer.weight.rows * width + tile.column, tile.columns);
        }
        void elements(int first, int count) const {
            loops<float>().adam(layer.parameters, layer.m, layer.v, layer.gradients, coefficients, first,
                                first + count);
        }
        /// For writing: other threads have read the weights since. Processors that fetch ahead do not cross rows.
        void prefetch(int first, int count) const {
            constexpr int kLine = 64 / sizeof(float);
            for (int i = first; i < first + count; i += kLine)
                for (const Vector<float>& array : {layer.parameters, layer.m, layer.v})
                    __builtin_prefetch(array.data + i, 1);
        }
    };

    /// Rows of a batch as pixels: expanded as they are asked for where only entries are held.
    class TargetRows {
    public:
        TargetRows(const CpuLayerBackend& backend, const M& x)
            : batch_(backend.is_held(x) ? &backend.batch_ : nullptr),
              x_(x),
              pixels_(batch_ ? static_cast<std::size_t>(x.cols) : 0) {}

        /// Valid until the next row is asked for.
        const float* row(int r) {
            if (!batch_) return x_.row(r);
            expand(pixels_, *batch_, r);
            return pixels_.data();
        }

    private:
        const SparseBatch* batch_;
        M x_;
        std::vector<float> pixels_;
    };

    bool is_held(const M& x) const { return x.data == held_; }

    template <typename ImageOf>
    void hold(M x, ImageSet set, ImageOf image_of) {
        const SparseImages& all = images_of(set);
        batch_.resize(all, x.rows);
        for_images(x.rows, image_of, [&](int row, std::span<const std::uint32_t> images) { batch_.copy(row, images); });
        held_ = x.data;
        if (all.density() < kDenseFrom) return;
        write_out(x);
        held_ = nullptr;
    }

    void write_out(M x) {
        if (!is_held(x)) return;
        for_range(x.rows, kRows, [&](int first, int n) {
            for (int r = first; r < first + n; ++r) expand({x.row(r), static_cast<std::size_t>(x.cols)}, batch_, r);
        });
    }

    /// Calls body(tile, number) for blocks of a batch's rows. The number of a block is the same in every verb, so that
    /// the pool gives it to the thread that had it before.
    template <typename Body>
    void for_rows(const M& z, Body body) {
        const Tiling tiles = Tiling::by_rows(z.rows, z.cols);
        pool().run(tiles.count(), [&](int i) { body(tiles[i], i); });
    }

    SparseBatch batch_;
    const float* held_ = nullptr;     // the matrix whose rows are the batch's images
    std::vector<float> column_sums_;  // of each block of rows
};

}  // namespace ae
