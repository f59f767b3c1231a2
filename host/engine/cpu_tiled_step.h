// The step of the CPU engine: the work after a product is done tile by tile, while the tile is in the cache, and the
// products with images skip their black pixels.
//
// The only sum across tasks is that of backward's column sums, which one thread adds up block by block: here too the
// result is bit-identical for any number of threads.
#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "engine/cpu_verbs.h"
#include "engine/sparse_products.h"
#include "engine/tile_update.h"

namespace ae {

class CpuTiledStep {
public:
    using Real = float;
    using Tensors = StepTensors<float>;
    static constexpr bool kLooksAhead = false;

    CpuTiledStep(CpuDevice<float>& device, const Settings& settings, const EngineOptions& options)
        : device_(device), plain_(device, settings, options) {}

    // --- the acts of a step ------------------------------------------------------------------------------------------
    void load(const Tensors& t) {
        verbs().tick();
        take_images(t);
    }
    /// load() without counting the step.
    void take_images(const Tensors& t) {
        hold(t, ImageSet::train, verbs().step_images(device_.step()));
        if (t.is_noisy()) verbs().corrupt(t.input, t.target);
    }

    void forward(const Tensors& t, std::size_t l) {
        const LayerTensors<float>& layer = t.layers[l];
        const Matrix<float>& z = layer.output;
        for_row_tiles(z, [&](const Tile& tile, int) {
            if (l == 0 && is_input_held_)
                sparse_products().multiply(z.row_block(tile.row, tile.rows), batch_, layer.weight, tile.row);
            else
                multiply(Product<float>{z, t.input_of(l), layer.weight, false, false}, tile);
            loops<float>().bias_activation(z, layer.bias, layer.activation, tile);
        });
    }

    void loss(const Tensors& t) {
        const LayerTensors<float>& top = t.layers.back();
        const Matrix<float>&z = top.output, &x = t.input_of(t.layers.size() - 1);
        const float scale = 1.0f / (static_cast<float>(t.batch_rows) * static_cast<float>(z.cols));
        for_row_tiles(z, [&](const Tile& tile, int) {
            multiply(Product<float>{z, x, top.weight, false, false}, tile);
            TargetRows target(*this, t.target);
            for (int r = tile.row; r < tile.row + tile.rows; ++r)
                device_.keep_loss(
                    r, loss_loop<float>(t.loss_kind)({z.row(r), z.cols}, top.bias.data, target.row(r), scale), z.cols);
        });
    }

    void backward(const Tensors& t, std::size_t l) {
        const LayerTensors<float>&layer = t.layers[l], &below = t.layers[l - 1];
        const Matrix<float>& da = below.output_gradient;
        column_sums_.resize(static_cast<std::size_t>(Tiling::by_rows(da.rows, da.cols).count() * da.cols));
        for_row_tiles(da, [&](const Tile& tile, int i) {
            multiply(Product<float>{da, layer.output_gradient, layer.weight, false, true}, tile);
            const Vector<float> sums{column_sums_.data() + i * da.cols, da.cols};
            loops<float>().activation_grad(da, sums, below.output, below.activation, tile);
        });
        const Matrix<float> sums{column_sums_.data(), static_cast<int>(column_sums_.size()) / da.cols, da.cols};
        loops<float>().sum_rows(below.bias_gradient, sums, 0, da.cols);
    }

    void update(const Tensors& t, std::size_t l) {
        compute_gradient(t, l, TileUpdate{t.layers[l], device_.adam_coefficients()});
    }
    /// update() without Adam.
    void gradient(const Tensors& t, std::size_t l) {
        compute_gradient(t, l, [](const Tile&) {});
    }

    // --- outside the step --------------------------------------------------------------------------------------------
    void join() {}
    void take(const Tensors&) { is_input_held_ = is_target_held_ = false; }

    void fetch(const Tensors& t, ImageSet set, int first) {
        hold(t, set, [first](int row) { return static_cast<std::uint32_t>(first + row); });
        if (t.is_noisy()) verbs().corrupt(t.input, t.target, first);
    }

    void score(const Tensors& t, int place) {
        const LayerTensors<float>& top = t.layers.back();
        verbs().matmul(top.output, t.input_of(t.layers.size() - 1), top.weight);
        verbs().for_rows(top.output.rows, [&](int first, int n) {
            TargetRows target(*this, t.target);
            for (int r = first; r < first + n; ++r)
                verbs().score_row(t.loss_kind, top.output, top.bias, target.row(r), r, place);
        });
    }

    void reconstruct(const Tensors& t) { plain_.reconstruct(t); }

private:
    static constexpr double kDenseFrom = 0.4;  // above this share of non-zero pixels OpenBLAS is faster

    /// Rows of the target as pixels: expanded on demand if only entries are held.
    class TargetRows {
    public:
        TargetRows(const CpuTiledStep& step, const Matrix<float>& x)
            : batch_(step.is_target_held_ ? &step.batch_ : nullptr),
              x_(x),
              pixels_(batch_ ? static_cast<std::size_t>(x.cols) : 0) {}

        /// Valid until the next call.
        const float* row(int r) {
            if (!batch_) return x_.row(r);
            expand(pixels_, *batch_, r);
            return pixels_.data();
        }

    private:
        const SparseBatch* batch_;
        Matrix<float> x_;
        std::vector<float> pixels_;
    };

    CpuVerbs<float>& verbs() { return plain_.verbs(); }

    /// The batch ← images of a set. Their pixels are written to t.target only if something needs them.
    template <typename ImageOf>
    void hold(const Tensors& t, ImageSet set, ImageOf image_of) {
        if (device_.images_of(set).are_numbers()) return take_numbers(t, set, image_of);
        const SparseImages& all = device_.images_of(set).sparse();
        batch_.resize(all, t.target.rows);
        verbs().for_images(t.target.rows, image_of,
                           [&](int row, std::span<const std::uint32_t> images) { batch_.copy(row, images); });
        is_target_held_ = all.density() < kDenseFrom;
        is_input_held_ = is_target_held_ && !t.is_noisy();
        if (!is_input_held_) write_out(t.target);
    }

    template <typename ImageOf>
    void take_numbers(const Tensors& t, ImageSet set, ImageOf image_of) {
        take(t);
        verbs().for_images(t.target.rows, image_of, [&](int row, std::span<const std::uint32_t> images) {
            device_.images_of(set).expand(t.target.row_block(row, static_cast<int>(images.size())), images);
        });
    }

    void write_out(const Matrix<float>& x) {
        verbs().for_rows(x.rows, [&](int first, int n) {
            for (int r = first; r < first + n; ++r) expand({x.row(r), static_cast<std::size_t>(x.cols)}, batch_, r);
        });
    }

    /// Calls update(tile) for each tile of the weights' gradient, once it is computed.
    template <typename Update>
    void compute_gradient(const Tensors& t, std::size_t l, const Update& update) {
        if (l == 0 && is_input_held_)
            update_from_held(t.layers[l], update);
        else
            update_from(t.input_of(l), t.layers[l], update, l + 1 == t.layers.size());
    }

    template <typename Update>
    void update_from_held(const LayerTensors<float>& layer, const Update& update) {
        const Matrix<float>& dw = layer.weight_gradient;
        device_.pool().run(batch_.blocks(), [&](int block) {
            sparse_products().multiply_tn(dw, batch_, layer.output_gradient, block);
            const int row = block * SparseImages::kBlock;
            update({row, std::min(SparseImages::kBlock, dw.rows - row), 0, dw.cols});
        });
    }

    template <typename Update>
    void update_from(const Matrix<float>& x, const LayerTensors<float>& layer, const Update& update, bool is_last) {
        const Matrix<float>&dw = layer.weight_gradient, &dz = layer.output_gradient;
        const Tiling tiles = Tiling::by_wide_side(dw.rows, dw.cols);
        device_.pool().run(tiles.count(), [&](int i) {
            const Tile tile = tiles[i];
            if (is_last && tile.row == 0)  // the others have theirs from backward()
                loops<float>().sum_rows(layer.bias_gradient, dz, tile.column, tile.column + tile.columns);
            multiply(Product<float>{dw, x, dz, true, false}, tile);
            update(tile);
        });
    }

    /// Calls body(tile, number) for blocks of a batch's rows. The number of a block is the same in every act, so that
    /// the pool gives it to the thread that had it before.
    template <typename Body>
    void for_row_tiles(const Matrix<float>& z, Body body) {
        const Tiling tiles = Tiling::by_rows(z.rows, z.cols);
        device_.pool().run(tiles.count(), [&](int i) { body(tiles[i], i); });
    }

    CpuDevice<float>& device_;
    VerbStep<CpuVerbs<float>> plain_;
    SparseBatch batch_;
    bool is_input_held_ = false, is_target_held_ = false;  ///< batch_ is what t.input and t.target would have
    std::vector<float> column_sums_;                       ///< of each block of rows
};

}  // namespace ae
