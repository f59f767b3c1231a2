// The loops of cpu_loops.h, compiled once for every level: see each_simd_level.h.

constexpr int kParts = 16;

/// A sum or a product in as many parts as fill a vector register, combined in a fixed order: compilers may not
/// reorder a plain one, and so would not vectorise it.
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

/// The sum of the losses of n pixels, of which bce(i, part) gives one, with one logarithm for many: a logarithm a pixel
/// would cost as much as all the rest.
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

template <typename T>
[[gnu::flatten]] void bias_activation(Matrix<T> z, Vector<T> bias, Activation f, const Tile& tile) {
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
[[gnu::flatten]] void bias_sigmoid(Matrix<T> z, Vector<T> bias) {
    const T* b = bias.data;
    for (int r = 0; r < z.rows; ++r) {
        T* __restrict row = z.row(r);
        for (int c = 0; c < z.cols; ++c) row[c] = ae::sigmoid(row[c] + b[c]);
    }
}

template <typename T>
[[gnu::flatten]] double bce(Vector<T> z, const T* bias, const T* x, T scale) {
    T* __restrict row = z.data;
    return sum_losses<T>(z.size, [&](int i, int) {
        const Bce<T> e = ae::bce(row[i] + bias[i], x[i]);
        row[i] = e.dlogit * scale;
        return e;
    });
}

template <typename T>
[[gnu::flatten]] double mse(Vector<T> y, const T* bias, const T* x, T scale) {
    T* __restrict row = y.data;
    Parts<T> sum(T(0));
    for_parts(y.size, [&](int i, int part) {
        const SquaredError<T> e = squared_error(row[i] + bias[i], x[i]);
        row[i] = e.doutput * scale;
        sum.part[part] += e.loss;
    });
    return sum.sum();
}

template <typename T>
[[gnu::flatten]] RowScore score_mse(Vector<const T> y, const T* bias, const T* x) {
    Parts<T> sum(T(0));
    for_parts(y.size, [&](int i, int part) { sum.part[part] += squared_error(y.data[i] + bias[i], x[i]).loss; });
    return {sum.sum(), sum.sum()};
}

template <typename T>
[[gnu::flatten]] RowScore score_bce(Vector<const T> z, const T* bias, const T* x) {
    Parts<T> squares(T(0));
    const double bce = sum_losses<T>(z.size, [&](int i, int part) {
        const Bce<T> e = ae::bce(z.data[i] + bias[i], x[i]);
        squares.part[part] += e.dlogit * e.dlogit;
        return e;
    });
    return {bce, squares.sum()};
}

template <typename T>
[[gnu::flatten]] void activation_grad(Matrix<T> da, Vector<T> sums, Matrix<T> a, Activation f, const Tile& tile) {
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

/// to ← corrupt(from, place) for every pixel of an image.
template <typename T, typename Corrupt>
void for_pixels(T* __restrict to, const T* from, int pixels, Corrupt corrupt) {
    for (int p = 0; p < pixels; ++p) to[p] = corrupt(static_cast<float>(from[p]), static_cast<std::uint32_t>(p));
}

template <typename T>
[[gnu::flatten]] void corrupt(Matrix<T> noisy, Matrix<T> x, const NoiseStream& noise, std::uint32_t first) {
    const auto width = static_cast<std::uint32_t>(noise.width);
    for (int r = 0; r < x.rows; ++r) {
        const ImageNoise image = noise.image(first + static_cast<std::uint32_t>(r));
        const auto corrupt_by = [&](auto by) { for_pixels(noisy.row(r), x.row(r), x.cols, by); };
        switch (noise.noise.kind) {
            case NoiseKind::none:
                corrupt_by([](float value, std::uint32_t) { return value; });
                break;
            case NoiseKind::gaussian:
                corrupt_by([image](float value, std::uint32_t place) { return image.gaussian(value, place); });
                break;
            case NoiseKind::salt_pepper:
                corrupt_by([image](float value, std::uint32_t place) { return image.salt_pepper(value, place); });
                break;
            case NoiseKind::mask:
                corrupt_by([image](float value, std::uint32_t place) { return image.mask(value, place); });
                break;
            case NoiseKind::block:
                corrupt_by([image, width](float value, std::uint32_t place) {
                    return image.block(value, static_cast<int>(place / width), static_cast<int>(place % width));
                });
        }
    }
}

template <typename T>
[[gnu::flatten]] void sum_rows(Vector<T> y, Matrix<T> x, int first, int last) {
    T* __restrict sum = y.data;
    for (int c = first; c < last; ++c) sum[c] = T(0);
    for (int r = 0; r < x.rows; ++r) {
        const T* row = x.row(r);
        for (int c = first; c < last; ++c) sum[c] += row[c];
    }
}

template <typename T>
[[gnu::flatten]] void adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g, const AdamCoefficients<T>& coefficients,
                           int first, int last) {
    const AdamCoefficients<T> c = coefficients;
    T* __restrict pw = w.data, * __restrict pm = m.data, * __restrict pv = v.data;
    const T* pg = g.data;
    for (int i = first; i < last; ++i) ae::adam(pw[i], pm[i], pv[i], pg[i], c);
}

template <typename T>
constexpr Loops<T> kLoops{bias_activation<T>, bias_sigmoid<T>,    bce<T>,     mse<T>,      score_bce<T>,
                          score_mse<T>,       activation_grad<T>, corrupt<T>, sum_rows<T>, adam<T>};
