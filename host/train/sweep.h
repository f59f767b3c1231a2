// A sweep: models of several settings, each with several seeds, and what became of them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ae/engine.h"

namespace ae {

enum class SweptEnd { open, done, diverged, dropped };

/// "open", "done", "diverged", "dropped"
std::string text(SweptEnd end);

/// What is known of a model of a sweep.
struct SweptModel {
    SweptEnd end = SweptEnd::open;
    std::vector<double> val_losses = {};  ///< after each of its epochs
    int left_epoch = 0;                   ///< the epoch whose weights it has: its last, with --early-stop its best
    double val_mse = 0;                   ///< with these weights
    double seconds = 0;
    std::string note = {};    ///< of one that diverged: when
    std::string folder = {};  ///< of its run, in the folder of the sweep; empty: not kept

    int epochs() const { return static_cast<int>(val_losses.size()); }

    /// With its weights; NaN of a model that has none.
    double val_loss() const;
    double best_val_loss() const;  ///< of all epochs; NaN before the first
    int best_epoch() const;        ///< 0 before the first
};

/// The settings that the models of a sweep share but for their seeds.
struct SweptSetting {
    std::vector<std::string> values;  ///< of the sweep's options, in their order
    Settings settings = Settings();   ///< all of them; the seed is the first one's
};

struct Sweep {
    std::vector<std::string> options;  ///< that are swept: "--lr", "--code"
    std::vector<SweptSetting> settings;
    std::vector<std::uint64_t> seeds;
    int epochs = 0;
    int halving = 0;                      ///< after 1, E, E² … epochs the best 1/E stay; 0: all stay
    bool keeps_best_epoch = false;        ///< --early-stop
    std::vector<SweptModel> models = {};  ///< all settings with the first seed, then with the second, …

    std::size_t setting_of(std::size_t model) const { return model % settings.size(); }
    std::uint64_t seed_of(std::size_t model) const { return seeds[model / settings.size()]; }
    std::size_t model_of(std::size_t setting, std::size_t seed) const { return seed * settings.size() + setting; }

    /// "lr 0.001 · code 32 · seed 43", for people.
    std::string name_of(std::size_t model) const;
};

/// The number of models that have ended in any way.
std::size_t ended(const Sweep& sweep);

/// The epochs after which models are compared: 1, E, E² … and the last. Without halving only the last.
std::vector<int> rungs_of(const Sweep& sweep);

/// The settings that train on after the epoch of a rung: the best 1/E of those in `from`, at least one, by the mean
/// val_loss over seeds that they had then. A setting with a model that diverged counts as the worst. In the order of
/// their numbers.
std::vector<std::size_t> survivors(const Sweep& sweep, const std::vector<std::size_t>& from, int rung);

}  // namespace ae
