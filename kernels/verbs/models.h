// One model or several: what a verb is done for, and where a kernel finds the tensors and the numbers of its model.
//
// Models that are trained side by side have equal shapes, and equal arrays in equal places of one block of memory each.
// So a single stride leads from any tensor of the first model to that of another, a view of the first is a view of all,
// and a verb is one launch with a model to each z of its grid. What models differ in is read from device memory.
#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "ae/arithmetic.h"
#include "ae/noise.h"
#include "device/device.h"
#include "verbs/schedule.h"

namespace ae {

/// The settings that may differ between models.
struct ModelRecipe {
    std::uint64_t seed = 0;
    Adam adam;
    AdamCoefficients<float> coefficients{};  ///< of adam, but for the step size
    Noise noise;
};

/// The one model that the arguments of a kernel are those of.
struct OneModel {
    AE_HD OneModel operator[](unsigned) const { return {}; }
    AE_HD unsigned number() const { return 0; }
    template <typename T>
    AE_HD T of(T argument) const {
        return argument;
    }
    dim3 grid(dim3 blocks) const { return blocks; }
};

/// One of several: it has, of each argument of a kernel, its own.
struct OneOfModels {
    unsigned place;
    std::size_t offset;
    const ModelRecipe* recipe;

    AE_HD unsigned number() const { return place; }
    AE_HD float* of(float* tensor) const { return tensor + offset; }
    AE_HD const float* of(const float* tensor) const { return tensor + offset; }
    AE_HD StepCounter* of(StepCounter* clock) const { return clock + place; }
    AE_HD const StepCounter* of(const StepCounter* clock) const { return clock + place; }
    AE_HD Adam of(const Adam&) const { return recipe->adam; }
    AE_HD AdamCoefficients<float> of(const AdamCoefficients<float>&) const { return recipe->coefficients; }
    AE_HD NoiseStream of(NoiseStream stream) const {
        stream.noise = recipe->noise;
        stream.seed = recipe->seed;
        return stream;
    }
    AE_HD Schedule of(Schedule schedule) const {
        schedule.adam = recipe->adam;
        schedule.order.seed = recipe->seed;
        schedule.clock = of(schedule.clock);
        return schedule;
    }
};

/// Several models: tensors of model m begin m·stride floats after those of model 0.
struct EachModel {
    unsigned count = 0;
    std::size_t stride = 0;
    const ModelRecipe* recipes = nullptr;  ///< [count], in device memory

    AE_HD OneOfModels operator[](unsigned m) const { return {m, m * stride, recipes + m}; }
    dim3 grid(dim3 blocks) const { return {blocks.x, blocks.y, count}; }
};

/// A stream, and the models for which a verb that is sent to it is done: one, or several where their count is not 0.
struct ModelStream {
    ModelStream(cudaStream_t s) : stream(s) {}
    ModelStream(const Stream& s) : stream(s) {}
    ModelStream(cudaStream_t s, const EachModel& each) : stream(s), models(each) {}

    /// Calls body(models) with OneModel or EachModel, so that kernels are compiled for both.
    template <typename Body>
    void with_models(Body body) const {
        if (models.count == 0) return body(OneModel());
        body(models);
    }

    cudaStream_t stream;
    EachModel models;
};

}  // namespace ae
