// Models of one shape that are trained side by side: every step is one step of each of them.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"

namespace ae {

/// On a GPU a step of one small network leaves most of it idle; a step of several takes hardly longer. Models are
/// numbered from 0. Not thread-safe; every function returns when its work is done, and throws GpuError where the device
/// fails.
///
/// A model's results do not depend on its place or on what the others do, not even where one of them diverges. They are
/// the bits of a group of one wherever cuBLAS takes the same kernels for both numbers of models.
class ModelGroup {
public:
    virtual ~ModelGroup() = default;

    virtual int size() const = 0;
    virtual std::string device() const = 0;  ///< for people

    /// Trains each model `steps` more steps.
    virtual void run(std::uint64_t steps) = 0;

    /// Trains each model `epochs` whole epochs, each with a validation, as Engine::run_epochs() does: [model][epoch].
    virtual std::vector<std::vector<EpochResult>> run_epochs(int epochs) = 0;

    virtual std::vector<double> epoch_losses() = 0;  ///< Engine::epoch_loss() of each model
    virtual std::vector<Metrics> validate() = 0;     ///< Engine::validate() of each model

    virtual State state(int model) = 0;

    /// One state a model, all after the same number of steps. Throws ModelError where they are not, or do not fit.
    virtual void set_states(std::span<const State> states) = 0;

    /// Drops all models but these, which are in ascending order and are renumbered from 0.
    virtual void keep(std::span<const int> models) = 0;
};

/// Why models with these settings cannot be trained side by side, in one line; empty where they can: they may differ in
/// seed, Adam and noise.
std::string why_not_together(const Settings& a, const Settings& b);

}  // namespace ae
