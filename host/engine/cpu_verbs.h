// The verbs of a step on the CPU: OpenBLAS for the products, vectorised loops for the rest. In double they are the
// truth that the tests compare every engine with; in float, CpuTiledStep makes the same step fast.
//
// Every verb is cut into tasks that depend on the shapes alone, and no sum runs across tasks: the result is
// bit-identical for any number of threads.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "ae/verb_step.h"
#include "engine/blas.h"
#include "engine/cpu_device.h"
#include "engine/cpu_loops.h"

namespace ae {

template <typename T>
class CpuVerbs {
public:
    using Real = T;
    static constexpr bool kLooksAhead =
        false;                        // the processors that would gather the next batch are busy with this one
    static constexpr int kRows = 16;  // of a batch in a task: few enough to share out evenly

    CpuVerbs(CpuDevice<T>& device, const Settings&, const EngineOptions& options)
        : device_(device), mantissa_bits_(mantissa_bits(options.math)) {}

    // --- the verbs of a step --------------------------------------------------------------------------------------
    void tick() { device_.tick(); }
    void gather(Matrix<T> x) { expand_images(x, ImageSet::train, step_images(device_.step())); }
    void gather_next(Matrix<T> x) { expand_images(x, ImageSet::train, step_images(device_.step() + 1)); }
    void corrupt(Matrix<T> noisy, Matrix<T> x) {
        corrupt_rows(noisy, x, device_.step() + 1, device_.order().first_row(device_.step()));
    }

    void matmul(Matrix<T> c, Matrix<T> a, Matrix<T> b) { multiply_tiles({c, a, b, false, false}); }
    void matmul_tn(Matrix<T> c, Matrix<T> a, Matrix<T> b) { multiply_tiles({c, a, b, true, false}); }
    void matmul_nt(Matrix<T> c, Matrix<T> a, Matrix<T> b) { multiply_tiles({c, a, b, false, true}); }

    void bias_activation(Matrix<T> z, Vector<T> bias, Activation f) {
        for_rows(z.rows, [&](int r, int n) { loops<T>().bias_activation(z, bias, f, {r, n, 0, z.cols}); });
    }
    void bce(Matrix<T> z, Vector<T> bias, Matrix<T> x, int batch_rows) { lose(Loss::bce, z, bias, x, batch_rows); }
    void mse(Matrix<T> y, Vector<T> bias, Matrix<T> x, int batch_rows) { lose(Loss::mse, y, bias, x, batch_rows); }
    void activation_grad(Matrix<T> da, Vector<T> bias_gradient, Matrix<T> a, Activation f) {
        for_columns(da.cols, [&](int c, int n) {
            loops<T>().activation_grad(da, bias_gradient, a, f, {0, da.rows, c, n});
        });
    }
    void sum_rows(Vector<T> y, Matrix<T> x) {
        for_columns(x.cols, [&](int c, int n) { loops<T>().sum_rows(y, x, c, c + n); });
    }
    void adam(Vector<T> w, Vector<T> m, Vector<T> v, Vector<T> g) {
        const auto c = device_.adam_coefficients();
        device_.pool().for_range(w.size, CpuDevice<T>::kElements,
                                 [&](int i, int n) { loops<T>().adam(w, m, v, g, c, i, i + n); });
    }
    void end_step() {}

    // --- outside the step -----------------------------------------------------------------------------------------
    void fetch(Matrix<T> x, ImageSet set, int first) {
        expand_images(x, set, [first](int row) { return static_cast<std::uint32_t>(first + row); });
    }
    void corrupt(Matrix<T> noisy, Matrix<T> x, int first) {
        corrupt_rows(noisy, x, 0, static_cast<std::uint32_t>(first));
    }
    void score(Matrix<T> z, Vector<T> bias, Matrix<T> x, int place, Loss loss) {
        for_rows(z.rows, [&](int first, int n) {
            for (int r = first; r < first + n; ++r) score_row(loss, z, bias, x.row(r), r, place);
        });
    }
    void bias_sigmoid(Matrix<T> z, Vector<T> bias) {
        for_rows(z.rows, [&](int r, int n) { loops<T>().bias_sigmoid(z.row_block(r, n), bias); });
    }

    // --- for steps with acts of their own -------------------------------------------------------------------------
    CpuDevice<T>& device() { return device_; }

    /// Gives the training image in each row of a step.
    auto step_images(std::uint64_t step) const {
        return [this, step](int row) { return device_.order().image(step, static_cast<std::uint32_t>(row)); };
    }

    /// Calls body(first, images) for blocks of a batch's rows.
    template <typename ImageOf, typename Body>
    void for_images(int rows, ImageOf image_of, Body body) {
        for_rows(rows, [&](int first, int n) {
            std::array<std::uint32_t, kRows> images;
            for (int i = 0; i < n; ++i) images[static_cast<std::size_t>(i)] = image_of(first + i);
            body(first, std::span<const std::uint32_t>(images).first(static_cast<std::size_t>(n)));
        });
    }

    template <typename Body>
    void for_rows(int rows, Body body) {
        device_.pool().for_range(rows, kRows, body);
    }

    /// Keeps the scores of z + bias of a row against the pixels x.
    void score_row(Loss loss, const Matrix<T>& z, const Vector<T>& bias, const T* x, int row, int place) {
        const auto score = score_loop<T>(loss)({z.row(row), z.cols}, bias.data, x);
        device_.keep_scores(place + row, score.loss, score.squares, z.cols);
    }

private:
    static constexpr int kColumns = 64;

    void lose(Loss loss, Matrix<T> z, Vector<T> bias, Matrix<T> x, int batch_rows) {
        const T scale = T(1) / (static_cast<T>(batch_rows) * static_cast<T>(z.cols));
        for_rows(z.rows, [&](int first, int n) {
            for (int r = first; r < first + n; ++r)
                device_.keep_loss(r, loss_loop<T>(loss)({z.row(r), z.cols}, bias.data, x.row(r), scale), z.cols);
        });
    }

    template <typename Body>
    void for_columns(int columns, Body body) {
        device_.pool().for_range(columns, kColumns, body);
    }

    template <typename ImageOf>
    void expand_images(Matrix<T> x, ImageSet set, ImageOf image_of) {
        for_images(x.rows, image_of, [&](int r, std::span<const std::uint32_t> images) {
            device_.images_of(set).expand(x.row_block(r, static_cast<int>(images.size())), images);
        });
    }

    void corrupt_rows(Matrix<T> noisy, Matrix<T> x, std::uint64_t stream, std::uint32_t first) {
        NoiseStream noise = device_.noise();
        noise.stream = stream;
        for_rows(x.rows, [&](int r, int n) {
            loops<T>().corrupt(noisy.row_block(r, n), x.row_block(r, n), noise, first + static_cast<std::uint32_t>(r));
        });
    }

    void multiply_tiles(Product<T> p) {
        p.mantissa_bits = mantissa_bits_;
        const Tiling tiles = Tiling::by_wide_side(p.c.rows, p.c.cols);
        device_.pool().run(tiles.count(), [&](int i) { multiply(p, tiles[i]); });
    }

    CpuDevice<T>& device_;
    int mantissa_bits_;
};

}  // namespace ae
