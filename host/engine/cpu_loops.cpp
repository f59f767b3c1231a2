#include "engine/cpu_loops.h"

namespace ae {

namespace {

/// A sum in so many parts that they fill a vector register, added up in a fixed order: compilers may not reorder a
/// plain sum, and so would not vectorise it.
template <typename T>
struct Sum {
    static constexpr int kParts = 16;
    T part[kParts] = {};

    T total() const {
        T t[kParts];
        for (int i = 0; i < kParts; ++i) t[i] = part[i];
        for (int half = kParts / 2; half > 0; half /= 2)
            for (int i = 0; i < half; ++i) t[i] += t[i + half];
        return t[0];
    }
};

/// Calls body(column, part) for every column; parts go round with the columns.
template <typename Body>
inline void for_parts(int columns, Body body) {
    constexpr int kParts = Sum<float>::kParts;
    int c = 0;
    for (; c + kParts <= columns; c += kParts)
        for (int p = 0; p < kParts; ++p) body(c + p, p);
    for (int p = 0; c + p < columns; ++p) body(c + p, p);
}

}  // namespace

template <typename T>
void Loops<T>::bias_activation(Matrix<T> z, Vector<T> bias, Activation f) {
    const T* b = bias.data;
    with_activation(f, [&](auto activate) {
        for (int r = 0; r < z.rows; ++r) {
            T* __restrict row = z.row(r);
            for (int c = 0; c < z.cols; ++c) row[c] = activate.value(row[c] + b[c]);
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
void Loops<T>::bce(Matrix<T> z, Vector<T> bias, Matrix<T> x, T scale, std::span<float> losses) {
    const T* b = bias.data;
    for (int r = 0; r < z.rows; ++r) {
        T* __restrict row = z.row(r);
        const T* target = x.row(r);
        Sum<T> loss;
        for_parts(z.cols, [&](int c, int part) {
            const Bce<T> e = ae::bce(row[c] + b[c], target[c]);
            row[c] = e.dlogit * scale;
            loss.part[part] += e.loss;
        });
        losses[static_cast<std::size_t>(r)] = static_cast<float>(loss.total() / static_cast<T>(z.cols));
    }
}

template <typename T>
void Loops<T>::score(Matrix<T> z, Vector<T> bias, Matrix<T> x, std::span<float> bce, std::span<float> mse) {
    const T* b = bias.data;
    for (int r = 0; r < z.rows; ++r) {
        const T *row = z.row(r), *target = x.row(r);
        Sum<T> loss, error;
        for_parts(z.cols, [&](int c, int part) {
            const Bce<T> e = ae::bce(row[c] + b[c], target[c]);
            loss.part[part] += e.loss;
            error.part[part] += e.dlogit * e.dlogit;
        });
        bce[static_cast<std::size_t>(r)] = static_cast<float>(loss.total() / static_cast<T>(z.cols));
        mse[static_cast<std::size_t>(r)] = static_cast<float>(error.total() / static_cast<T>(z.cols));
    }
}

template <typename T>
void Loops<T>::activation_grad(Matrix<T> da, Vector<T> bias_gradient, Matrix<T> a, Activation f, Columns columns) {
    T* __restrict sum = bias_gradient.data;
    const int first = columns.first, last = columns.last;  // clang 14 cannot capture a structured binding
    for (int c = first; c < last; ++c) sum[c] = T(0);
    with_activation(f, [&](auto activate) {
        for (int r = 0; r < da.rows; ++r) {
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
