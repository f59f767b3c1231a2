// The element-wise loops of the CPU engine, each over a block of rows or columns: a task of one thread.
// Instantiated for float and for double.
#pragma once
#include <span>

#include "ae/arithmetic.h"
#include "ae/noise.h"
#include "ae/view.h"

namespace ae {

/// Columns first … last−1 of a matrix.
struct Columns {
    int first = 0, last = 0;
};

template <typename T>
struct Loops {
    /// z ← f(z + b)
    static void bias_activation(Matrix<T> z, Vector<T> bias, Activation f);

    /// z ← sigmoid(z + b)
    static void bias_sigmoid(Matrix<T> z, Vector<T> bias);

    /// z ← scale · d(loss)/dz, with z + b the logits of x; losses ← mean loss of each row.
    static void bce(Matrix<T> z, Vector<T> bias, Matrix<T> x, T scale, std::span<float> losses);

    /// Mean BCE and mean squared error of each row, with z + b the logits of x.
    static void score(Matrix<T> z, Vector<T> bias, Matrix<T> x, std::span<float> bce, std::span<float> mse);

    /// da ← da·f'(z), from a = f(z), in columns [first, last); db ← their sums.
    static void activation_grad(Matrix<T> da, Vector<T> bias_gradient, Matrix<T> a, Activation f, Columns columns);

    /// noisy ← x with the noise of images first, first + 1, … of a stream.
    static void corrupt(Matrix<T> noisy, Matrix<T> x, const NoiseStream& noise, std::uint32_t first);

    /// y ← column sums of x, in columns [first, last).
    static void sum_rows(Vector<T> y, Matrix<T> x, int first, int last);

    /// w, m, v ← Adam(g), in elements [first, last).
    static void adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g, const AdamCoefficients<T>& c, int first,
                     int last);
};

}  // namespace ae
