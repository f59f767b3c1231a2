// The loop around a group of models: epochs, one history a model, models that diverge.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ae/history.h"
#include "ae/order.h"
#include "engine/model_group.h"

namespace ae {

/// The loop reports to it, and asks it whether to stop. Models have the numbers that they began with.
class GroupObserver {
public:
    virtual ~GroupObserver() = default;

    virtual void on_epoch(std::size_t model, const EpochRecord& record) = 0;
    /// The loss of its last epoch is not a number, and the model is in the group no more.
    virtual void on_divergence(std::size_t model, const std::string& note) = 0;
    /// The states can be saved now; comes now and then, while the training takes long.
    virtual void on_checkpoint() = 0;
    virtual bool stop_requested() = 0;
};

/// Keeps a reference to the group.
class GroupTraining {
public:
    /// images: of an epoch. histories: one a model, all of the epochs that the group has had.
    GroupTraining(ModelGroup& group, std::uint32_t images, std::vector<History> histories);

    /// Trains to the end of an epoch all models that are left. False if asked to stop before. Epochs shorter than a
    /// tenth of a second are trained several at a time.
    bool run(int epochs, GroupObserver& observer);

    /// Drops all models but those of `models` that are left.
    void keep(const std::vector<std::size_t>& models);

    /// The models that are left, in the order of their places in the group.
    const std::vector<std::size_t>& models() const { return models_; }
    State state(std::size_t model);
    const History& history(std::size_t model) const { return histories_[model]; }

private:
    int epochs_at_once(int epochs) const;
    void record(const std::vector<std::vector<EpochResult>>& results, GroupObserver& observer);

    ModelGroup& group_;
    std::uint32_t images_;
    std::vector<History> histories_;
    std::vector<std::size_t> models_;  ///< that are left
    int epoch_;                        ///< that they have had
    double epoch_seconds_ = 0;         ///< of the last, with all models that it had; 0: not known yet
};

}  // namespace ae
