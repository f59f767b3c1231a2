// Models that are trained side by side: the engine `cublas` on a device of several models.
#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "ae/error.h"
#include "cublas/step.h"
#include "engine/gpu.h"
#include "engine/model_group.h"
#include "engine/training_engine.h"
#include "engines/cuda_models.h"

namespace ae {

namespace {

/// The settings that memory is made for: with noise if any model has it.
const Settings& common(const std::vector<Settings>& models) {
    for (const Settings& settings : models)
        if (settings.noise.kind != NoiseKind::none) return settings;
    return models.front();
}

class CublasGroup final : public ModelGroup {
public:
    CublasGroup(const std::vector<Settings>& models, const EngineOptions& options, const Dataset& data)
        : engine_("cublas", common(models), data, options, models),
          steps_per_epoch_(Order::of(models.front(), data.train).steps_per_epoch()),
          test_images_(data.test.count) {}

    int size() const override { return engine_.on().device.count(); }
    std::string device() const override { return engine_.device(); }

    void run(std::uint64_t steps) override {
        engine_.run(steps);
        step_ += steps;
    }

    std::vector<std::vector<EpochResult>> run_epochs(int epochs) override {
        std::vector<std::vector<EpochResult>> results(static_cast<std::size_t>(size()));
        for (int done = 0, count; done < epochs; done += count) {
            count = std::min(kKeptResults, epochs - done);
            const std::uint64_t first = step_ / steps_per_epoch_;
            (void)engine_.run_epochs(count);
            step_ += static_cast<std::uint64_t>(count) * steps_per_epoch_;
            const auto kept = of_each([&] { return models().kept_results(); });
            for (std::size_t m = 0; m < kept.size(); ++m)
                for (std::uint64_t epoch = first; epoch < first + static_cast<std::uint64_t>(count); ++epoch)
                    results[m].push_back(kept[m][epoch % kKeptResults]);
        }
        return results;
    }

    std::vector<double> epoch_losses() override {
        return of_each([&] { return engine_.epoch_loss(); });
    }

    std::vector<Metrics> validate() override {
        (void)engine_.validate();  // scores the images with every model
        return of_each([&] { return models().mean_scores(test_images_); });
    }

    State state(int model) override {
        const Addressed here(models(), model);
        return engine_.state();
    }

    void set_states(std::span<const State> states) override {
        if (states.size() != static_cast<std::size_t>(size()))
            throw ModelError("states: " + std::to_string(states.size()) + " of them for " + std::to_string(size()) +
                             " models");
        for (const State& state : states)
            if (state.step != states.front().step)
                throw ModelError("states: models side by side stand at one step, and these at " +
                                 std::to_string(states.front().step) + " and " + std::to_string(state.step));
        for (int m = 0; m < size(); ++m) {
            const Addressed here(models(), m);
            engine_.set_state(states[static_cast<std::size_t>(m)]);
        }
        step_ = states.front().step;
    }

    void keep(std::span<const int> kept) override {
        for (std::size_t i = 0; i < kept.size(); ++i)
            if (kept[i] < 0 || kept[i] >= size() || (i > 0 && kept[i] <= kept[i - 1]))
                throw std::logic_error("keep: the models are not ascending numbers below " + std::to_string(size()));
        if (kept.empty()) throw std::logic_error("keep: no model would be left");
        models().keep(kept);
        engine_.on().step.verbs().keep_models(static_cast<unsigned>(size()));
    }

private:
    /// While it lives, the host reads and writes one model.
    class Addressed {
    public:
        Addressed(CudaModels& models, int model) : models_(models) { models_.address(model); }
        Addressed(const Addressed&) = delete;
        Addressed& operator=(const Addressed&) = delete;
        ~Addressed() { models_.address_all(); }

    private:
        CudaModels& models_;
    };

    CudaModels& models() { return engine_.on().device; }

    /// f() of each model, while it is the one that the host reads.
    template <typename F>
    std::vector<std::invoke_result_t<F>> of_each(F f) {
        std::vector<std::invoke_result_t<F>> results;
        for (int m = 0; m < size(); ++m) {
            const Addressed here(models(), m);
            results.push_back(f());
        }
        return results;
    }

    TrainingEngine<CudaModels, VerbStep<CudaVerbs>> engine_;
    std::uint64_t steps_per_epoch_;
    int test_images_;
    std::uint64_t step_ = 0;
};

}  // namespace

std::unique_ptr<ModelGroup> make_cublas_group(const std::vector<Settings>& models, const EngineOptions& options,
                                              const Dataset& data) {
    if (const std::string why = why_no_gpu(); !why.empty()) throw GpuError("engine cublas: " + why);
    return std::make_unique<CublasGroup>(models, options, data);
}

}  // namespace ae
