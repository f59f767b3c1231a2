// The verbs of a step on the GPU, one file each. Every verb starts one kernel on a stream, for one model or for
// several, and returns; the destination comes first, sources after; matrices are row-major and every pointer is device
// memory. Where there are several models views are those of the first; images are those of all.
//
// Letters: B rows of the batch, P pixels, F width of a layer. Nothing here adds with atomics: every sum has a fixed
// order, so the same step gives the same bits. The products are in cublas/products.h.
#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "ae/arithmetic.h"
#include "ae/engine.h"
#include "ae/noise.h"
#include "ae/view.h"
#include "verbs/models.h"
#include "verbs/schedule.h"

namespace ae {

/// Images in device memory, n × P: bytes, or numbers where they are none.
struct StagedImages {
    StagedImages() = default;
    StagedImages(const std::uint8_t* images) : bytes(images) {}
    StagedImages(const float* images) : numbers(images) {}

    const std::uint8_t* bytes = nullptr;
    const float* numbers = nullptr;
};

class RankSum;

/// The memory that the verbs of a run work on, apart from the tensors of a step, and the stream; the device owns both.
struct DeviceRun {
    cudaStream_t stream = nullptr;
    Schedule schedule;
    NoiseStream noise;
    StagedImages train, test;
    float* losses = nullptr;  ///< of the images of the current epoch, in their order
    float *scores_bce = nullptr, *scores_mse = nullptr;
    int capacity = 0;        ///< the most rows that a verb will be given
    RankSum* sum = nullptr;  ///< over the ranks that share each batch; null: this process alone
    EachModel models = {};   ///< none: there is one model
};

/// Counts the step and derives Adam's step size.
void tick(const ModelStream& on, const Schedule& schedule);

/// x [B × P] ← this step's images: bytes as pixels in [0, 1], numbers as they are. images: all of the set.
void gather(const ModelStream& on, Matrix<float> x, const StagedImages& images, const Schedule& schedule);

/// x [B × P] ← the images of the step to come; B is the number of rows of that step.
void gather_next(const ModelStream& on, Matrix<float> x, const StagedImages& images, const Schedule& schedule);

/// x [B × P] ← images first, first + 1, ….
void fetch(const ModelStream& on, Matrix<float> x, const StagedImages& images, std::uint32_t first);

/// noisy [B × P] ← x with noise. Schedule: that of the step, from the clock; NoiseStream: of images first, first + 1,
/// ….
void corrupt(const ModelStream& on, Matrix<float> noisy, Matrix<float> x, const NoiseStream& noise,
             const Schedule& schedule);
void corrupt(const ModelStream& on, Matrix<float> noisy, Matrix<float> x, const NoiseStream& noise,
             std::uint32_t first);

/// z [B × F] ← f(z + bias).
void bias_activation(const ModelStream& on, Matrix<float> z, Vector<float> bias, Activation activation);

/// z [B × F] ← sigmoid(z + bias).
void bias_sigmoid(const ModelStream& on, Matrix<float> z, Vector<float> bias);

/// With z + bias the logits of x: z [B × P] ← (sigmoid(z + bias) − x) / (batch_rows·P), the gradient of the mean loss;
/// losses[place of the image in its epoch] ← its mean BCE. batch_rows: B, unless other ranks have rows of the batch
/// too.
void bce(const ModelStream& on, Matrix<float> z, float* losses, Vector<float> bias, Matrix<float> x, int batch_rows,
         const Schedule& schedule);

/// With y + bias the output: y [B × P] ← 2·(y + bias − x) / (batch_rows·P), the gradient of the mean loss; losses[place
/// of the image in its epoch] ← its mean squared error.
void mse(const ModelStream& on, Matrix<float> y, float* losses, Vector<float> bias, Matrix<float> x, int batch_rows,
         const Schedule& schedule);

/// losses[B] and mse[B] ← each image's means over its pixels, with z + bias the logits of x for bce, the output for
/// mse.
void score(const ModelStream& on, float* losses, float* mse, Matrix<float> z, Vector<float> bias, Matrix<float> x,
           Loss loss);

/// da [B × F] ← da·f'(z); bias_gradient[F] ← its column sums. a [B × F]: the activation's output f(z).
void activation_grad(const ModelStream& on, Matrix<float> da, Vector<float> bias_gradient, Matrix<float> a,
                     Activation activation);

/// y[F] ← column sums of x [B × F].
void sum_rows(const ModelStream& on, Vector<float> y, Matrix<float> x);

/// w, m, v ← Adam's update by the gradient g. All of one length.
void adam(const ModelStream& on, Vector<float> w, Vector<float> m, Vector<float> v, Vector<float> g,
          const Schedule& schedule);

// ---------------------------------------------------------------------------------------------------------------------
// outside the step

/// w[i] ← glorot(i).
void initialize(cudaStream_t stream, Vector<float> w, const Glorot& glorot);

/// Per-image scores of an epoch.
struct EpochScores {
    const float* losses = nullptr;                    ///< [images] of the training images, as they were trained on
    const float *bce = nullptr, *mse = nullptr;       ///< [validation_images]
    std::uint32_t images = 0, validation_images = 0;  ///< 0: their means are 0
};

/// *to ← means of the scores, added up in double; to[m] those of model m.
void means(const ModelStream& on, EpochResult* to, const EpochScores& scores);

/// The same, to the place of the epoch that the last step has ended: results [slots], epoch e at e mod slots; model m's
/// at results + m·slots.
void means(const ModelStream& on, EpochResult* results, int slots, const EpochScores& scores, const Schedule& schedule);

}  // namespace ae
