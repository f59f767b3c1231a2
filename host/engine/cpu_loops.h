// The element-wise loops of the CPU engine, each over part of a matrix: a task of one thread, or less.
// Instantiated for float and for double.
#pragma once
#include <cstdint>

#include "ae/arithmetic.h"
#include "ae/noise.h"
#include "ae/view.h"
#include "engine/tiles.h"

namespace ae {

template <typename T>
struct Loops {
    /// z ← f(z + b) in a tile of z.
    static void bias_activation(Matrix<T> z, Vector<T> bias, Activation f, const Tile& tile);

    /// z ← sigmoid(z + b)
    static void bias_sigmoid(Matrix<T> z, Vector<T> bias);

    /// One row or part of it, with z + b the logits of x: z ← scale · d(loss)/dz; returns the sum of the losses.
    static double bce(Vector<T> z, const T* bias, const T* x, T scale);

    /// Sums of the BCE and of the squared errors of one row, with z + b the logits of x.
    struct RowScore {
        double bce, squares;
    };
    static RowScore score(Vector<const T> z, const T* bias, const T* x);

    /// da ← da·f'(z), from a = f(z), in a tile of da; sums ← sums of its columns.
    static void activation_grad(Matrix<T> da, Vector<T> sums, Matrix<T> a, Activation f, const Tile& tile);

    /// noisy ← x with the noise of images first, first + 1, … of a stream.
    static void corrupt(Matrix<T> noisy, Matrix<T> x, const NoiseStream& noise, std::uint32_t first);

    /// y ← column sums of x, in columns [first, last).
    static void sum_rows(Vector<T> y, Matrix<T> x, int first, int last);

    /// w, m, v ← Adam(g), in elements [first, last).
    static void adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g, const AdamCoefficients<T>& c, int first,
                     int last);
};

}  // namespace ae
