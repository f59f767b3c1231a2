// The element-wise loops of the CPU engine, each over part of a matrix: a task of one thread, or less.
// Compiled for every SimdLevel, all of which give the same bits: sums are made of the same parts in the same order
// whatever the width of a register, and no level multiplies and adds with one rounding.
#pragma once
#include <cstdint>

#include "ae/arithmetic.h"
#include "ae/noise.h"
#include "ae/view.h"
#include "engine/simd_level.h"
#include "engine/tiles.h"

namespace ae {

/// Sums of the losses and of the squared errors of one row.
struct RowScore {
    double loss, squares;
};

template <typename T>
struct Loops {
    /// z ← f(z + b) in a tile of z.
    void (*bias_activation)(Matrix<T> z, Vector<T> bias, Activation f, const Tile& tile);

    /// z ← sigmoid(z + b)
    void (*bias_sigmoid)(Matrix<T> z, Vector<T> bias);

    /// One row or part of it, with z + b the logits of x: z ← scale · d(loss)/dz; returns the sum of the losses.
    double (*bce)(Vector<T> z, const T* bias, const T* x, T scale);

    /// The same with y + b the output.
    double (*mse)(Vector<T> y, const T* bias, const T* x, T scale);

    /// The scores of one row, with z + b the logits of x, or the output.
    RowScore (*score_bce)(Vector<const T> z, const T* bias, const T* x);
    RowScore (*score_mse)(Vector<const T> y, const T* bias, const T* x);

    /// da ← da·f'(z), from a = f(z), in a tile of da; sums ← sums of its columns.
    void (*activation_grad)(Matrix<T> da, Vector<T> sums, Matrix<T> a, Activation f, const Tile& tile);

    /// noisy ← x with the noise of images first, first + 1, … of a stream.
    void (*corrupt)(Matrix<T> noisy, Matrix<T> x, const NoiseStream& noise, std::uint32_t first);

    /// y ← column sums of x, in columns [first, last).
    void (*sum_rows)(Vector<T> y, Matrix<T> x, int first, int last);

    /// w, m, v ← Adam(g), in elements [first, last).
    void (*adam)(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g, const AdamCoefficients<T>& c, int first, int last);
};

/// In float at a level that this processor has.
const Loops<float>& loops_at(SimdLevel level);

/// In float at the level in use; in double, for the truth that the tests compare with, at the lowest.
template <typename T>
const Loops<T>& loops();

/// The loop of a row's loss and gradient, and that of its scores.
template <typename T>
auto loss_loop(Loss loss) {
    return loss == Loss::mse ? loops<T>().mse : loops<T>().bce;
}
template <typename T>
auto score_loop(Loss loss) {
    return loss == Loss::mse ? loops<T>().score_mse : loops<T>().score_bce;
}

}  // namespace ae
