// Adam on the part of a layer that belongs to a tile of its weights' gradient, while that tile is in the cache.
#pragma once
#include "ae/step.h"
#include "engine/cpu_loops.h"
#include "engine/tiles.h"

namespace ae {

struct TileUpdate {
    const LayerTensors<float>& layer;
    AdamCoefficients<float> coefficients;

    /// Updates the tile's weights and, from a tile of the first row, the biases of its columns.
    void operator()(const Tile& tile) const {
        constexpr int kAhead = 2;
        const int width = layer.weight.cols, end = tile.row + tile.rows;
        for (int r = tile.row; r < end; ++r) {
            if (r + kAhead < end) prefetch((r + kAhead) * width + tile.column, tile.columns);
            elements(r * width + tile.column, tile.columns);
        }
        if (tile.row == 0) elements(layer.weight.rows * width + tile.column, tile.columns);
    }

private:
    void elements(int first, int count) const {
        loops<float>().adam(layer.parameters, layer.m, layer.v, layer.gradients, coefficients, first, first + count);
    }
    /// Prefetches for writing: other threads have read the weights since. Hardware prefetching does not cross rows.
    void prefetch(int first, int count) const {
        constexpr int kLine = 64 / sizeof(float);
        for (int i = first; i < first + count; i += kLine)
            for (const Vector<float>& array : {layer.parameters, layer.m, layer.v})
                __builtin_prefetch(array.data + i, 1);
    }
};

}  // namespace ae
