#include "engine/cpu_loops.h"

#include <algorithm>
#include <cmath>

namespace ae {

namespace {

constexpr int kParts = 16;

/// A sum or a product in as many parts as fill a vector register, combined in a fixed order: compilers may not reorder
/// a plain sum, and so would not vectorise it.
template <typename T>
struct Parts {
    T part[kParts];

    explicit Parts(T start) { std::fill_n(part, kParts, start); }

    template <typename Combine>
    double total(Combine combine) const {  // in double: a product of many factors may be too large for a float
        static_assert(kParts == 16);
        double t[8];
        for (int i = 0; i < 8; ++i) t[i] = combine(static_cast<double>(part[i]), static_cast<double>(part[i + 8]));
        for (int i = 0; i < 4; ++i) t[i] = combine(t[i], t[i + 4]);
        for (int i = 0; i < 2; ++i) t[i] = combine(t[i], t[i + 2]);
        return combine(t[0], t[1]);
    }
    double sum() const {
        return total([](double a, double b) { return a + b; });
    }
    double product() const {
        return total([](double a, double b) { return a * b; });
    }
};

/// Calls body(column, part) for every column; parts go round with the columns.
template <typename Body>
inline void for_parts(int columns, Body body) {
    int c = 0;
    for (; c + kParts <= columns; c += kParts)
        for (int p = 0; p < kParts; ++p) body(c + p, p);
    for (int p = 0; c + p < columns; ++p) body(c + p, p);
}

/// The sum of the losses of n pixels, where bce(i, part) gives one of them, with one logarithm for many: a logarithm
/// for each pixel would cost as much as everything else.
template <typename T, typename BceOf>
double sum_losses(int n, BceOf bce) {
    constexpr int kPixels = 60 * kParts;  // factors up to 2: a part's product fits a float, all parts' a double
    double loss = 0;
    for (int first = 0; first < n; first += kPixels) {
        Parts<T> linear(T(0)), factor(T(1));
        for_parts(std::min(kPixels, n - first), [&](int c, int part) {
            const Bce<T> e = bce(first + c, part);
            linear.part[part] += e.linear;
            factor.part[part] += factor.part[part] * e.e;  // times (1 + e)
        });
        loss += linear.sum() + std::log(factor.product());
    }
    return loss;
}

}  // namespace

template <typename T>
void Loops<T>::bias_activation(Matrix<T> z, Vector<T> bias, Activation f, const Tile& tile) {
    const T* b = bias.data;
    const int first = tile.column, last = first + tile.columns;
    with_activation(f, [&](auto activate) {
        for (int r = tile.row; r < tile.row + tile.rows; ++r) {
            T* __restrict row = z.row(r);
            for (int c = first; c < last; ++c) row[c] = activate.value(row[c] + b[c]);
        }
    });
}

template <typename T>
void Loops<T>::bias_sigmoid(Matrix<T> z, Vector<T> bias) {
    const T* b = bias.data;
    for (int r = 0; r < z.rows; ++r) {
        T* __restrict row = z.row(r);
        for (int c = 0; c < z.cols; ++c) row[c] = ae::sigmoid(row[c] + b[c]);
    }
}

template <typename T>
double Loops<T>::bce(Vector<T> z, const T* bias, const T* x, T scale) {
    T* __restrict row = z.data;
    return sum_losses<T>(z.size, [&](int i, int) {
        const Bce<T> e = ae::bce(row[i] + bias[i], x[i]);
        row[i] = e.dlogit * scale;
        return e;
    });
}

template <typename T>
typename Loops<T>::RowScore Loops<T>::score(Vector<const T> z, const T* bias, const T* x) {
    Parts<T> squares(T(0));
    const double bce = sum_losses<T>(z.size, [&](int i, int part) {
        const Bce<T> e = ae::bce(z.data[i] + bias[i], x[i]);
        squares.part[part] += e.dlogit * e.dlogit;
        return e;
    });
    return {bce, squares.sum()};
}

template <typename T>
void Loops<T>::activation_grad(Matrix<T> da, Vector<T> sums, Matrix<T> a, Activation f, const Tile& tile) {
    T* __restrict sum = sums.data;
    const int first = tile.column, last = first + tile.columns;
    for (int c = first; c < last; ++c) sum[c] = T(0);
    with_activation(f, [&](auto activate) {
        for (int r = tile.row; r < tile.row + tile.rows; ++r) {
            T* __restrict row = da.row(r);
            const T* output = a.row(r);
            for (int c = first; c < last; ++c) {
                row[c] = activate.grad(row[c], output[c]);
                sum[c] += row[c];
            }
        }
    });
}

template <typename T>
void Loops<T>::corrupt(Matrix<T> noisy, Matrix<T> x, const NoiseStream& noise, std::uint32_t first) {
    const int width = noise.width;
    for (int r = 0; r < x.rows; ++r) {
        const ImageNoise image = noise.image(first + static_cast<std::uint32_t>(r));
        const T* from = x.row(r);
        T* __restrict to = noisy.row(r);
        for (int row = 0; row * width < x.cols; ++row)
            for (int col = 0; col < width; ++col)
                to[row * width + col] = image.corrupt(static_cast<float>(from[row * width + col]), row, col, width);
    }
}

template <typename T>
void Loops<T>::sum_rows(Vector<T> y, Matrix<T> x, int first, int last) {
    T* __restrict sum = y.data;
    for (int c = first; c < last; ++c) sum[c] = T(0);
    for (int r = 0; r < x.rows; ++r) {
        const T* row = x.row(r);
        for (int c = first; c < last; ++c) sum[c] += row[c];
    }
}

template <typename T>
void Loops<T>::adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g, const AdamCoefficients<T>& coefficients,
                    int first, int last) {
    const AdamCoefficients<T> c = coefficients;
    T* __restrict pw = w.data, * __restrict pm = m.data, * __restrict pv = v.data;
    const T* pg = g.data;
    for (int i = first; i < last; ++i) ae::adam(pw[i], pm[i], pv[i], pg[i], c);
}

template struct Loops<float>;
template struct Loops<double>;

}  // namespace ae
