// The loop around an engine, with an engine that only counts.
#include "ae/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ae/error.h"

namespace ae {
namespace {

constexpr std::uint32_t kImages = 100, kBatch = 8;  // 13 steps an epoch, four images in the last

class CountingEngine final : public Engine {
public:
    std::string name() const override { return "counting"; }
    std::string device() const override { return "none"; }
    void run(std::uint64_t steps) override { groups.push_back(steps), step += steps; }
    std::vector<EpochResult> run_epochs(int epochs) override {
        epoch_groups.push_back(epochs);
        std::vector<EpochResult> results;
        for (int i = 0; i < epochs; ++i) {
            step += Order{0, kImages, kBatch}.steps_per_epoch();
            results.push_back({epoch_loss(), validate()});
        }
        return results;
    }
    StepProfile profile(std::uint64_t) override { return {}; }
    double epoch_loss() override { return diverges_at <= step ? std::nan("") : 1.0 / static_cast<double>(step); }
    std::vector<float> losses() override {
        const Order order{0, kImages, kBatch};
        const std::uint64_t epoch_first = (step - 1) / order.steps_per_epoch() * order.steps_per_epoch();
        std::vector<float> losses(kImages, 0.5f);
        for (std::uint64_t s = std::max(diverges_at, epoch_first); s < epoch_first + order.steps_per_epoch(); ++s)
            for (std::uint32_t r = 0; r < order.rows(s); ++r)
                losses[order.first(s) + r] = std::numeric_limits<float>::quiet_NaN();
        return losses;
    }
    Metrics validate() override {
        return {val_losses.empty() ? 1 : val_losses[validations++ % val_losses.size()], 0.5};
    }
    State state() override { return {}; }
    void set_state(const State&) override {}
    Network& network() override { throw std::logic_error("training applies no network"); }

    std::uint64_t step = 0, diverges_at = std::numeric_limits<std::uint64_t>::max();
    std::vector<std::uint64_t> groups;
    std::vector<int> epoch_groups;
    std::vector<double> val_losses;
    std::size_t validations = 0;
};

class Notes final : public TrainObserver {
public:
    explicit Notes(const CountingEngine& engine) : engine_(engine) {}
    void on_steps(std::uint64_t step, double images_per_second) override {
        EXPECT_EQ(step, engine_.step);
        EXPECT_GT(images_per_second, 0);
    }
    void on_epoch(const EpochRecord& record, bool is_best) override {
        epochs.push_back(record);
        best.push_back(is_best);
    }
    void on_checkpoint(const History& history) override {
        checkpoints.push_back(engine_.step);
        epochs_saved.push_back(history.size());
    }
    bool stop_requested() override { return engine_.step >= stop_at; }

    History epochs;
    std::vector<bool> best;
    std::vector<std::uint64_t> checkpoints;
    std::vector<std::size_t> epochs_saved;
    std::uint64_t stop_at = std::numeric_limits<std::uint64_t>::max();

private:
    const CountingEngine& engine_;
};

class Trainer : public testing::Test {
protected:
    Trainer() : notes(engine) {
        plan.epochs = 3;
        plan.order = {1, kImages, kBatch};
    }

    TrainEnd run(std::uint64_t from = 0) {
        engine.step = from;
        return train(engine, plan, from, history, notes);
    }

    CountingEngine engine;
    Notes notes;
    TrainPlan plan;
    History history;
};

TEST_F(Trainer, RunsEveryStepOfEveryEpochAndSavesAtTheEnd) {
    EXPECT_EQ(run(), TrainEnd::finished);
    EXPECT_EQ(engine.step, 39u);
    ASSERT_EQ(history.size(), 3u);
    EXPECT_EQ(history[2].epoch, 3);
    EXPECT_EQ(history[2].loss, 1.0 / 39);
    EXPECT_EQ(notes.checkpoints, std::vector<std::uint64_t>({39}));
}

TEST_F(Trainer, GoesOnInTheMiddleOfAnEpoch) {
    history.resize(1);
    EXPECT_EQ(run(20), TrainEnd::finished);
    EXPECT_EQ(engine.step, 39u);
    ASSERT_EQ(notes.epochs.size(), 2u);
    EXPECT_EQ(notes.epochs[0].epoch, 2);
}

TEST_F(Trainer, AFinishedRunHasNothingLeftToDo) {
    EXPECT_EQ(run(39), TrainEnd::finished);
    EXPECT_TRUE(engine.groups.empty());
}

TEST_F(Trainer, SavesAfterEverySoManySteps) {
    plan.checkpoint_every = 5;
    run();
    EXPECT_EQ(notes.checkpoints, std::vector<std::uint64_t>({5, 10, 15, 20, 25, 30, 35, 39}));
    EXPECT_EQ(notes.epochs_saved, std::vector<std::size_t>({0, 0, 1, 1, 1, 2, 2, 3}));
}

TEST_F(Trainer, SavesAfterEverySoManyEpochs) {
    plan.checkpoint_every = plan.order.steps_per_epoch();
    run();
    EXPECT_EQ(notes.checkpoints, std::vector<std::uint64_t>({13, 26, 39}));
}

TEST_F(Trainer, ManyShortEpochsEnd) {
    plan.epochs = 200;  // groups of steps once doubled with every one of them, until their number was 0 again
    EXPECT_EQ(run(), TrainEnd::finished);
    EXPECT_EQ(engine.step, 2600u);
}

TEST_F(Trainer, StopsWhenAskedAndSaves) {
    notes.stop_at = 8;
    EXPECT_EQ(run(), TrainEnd::interrupted);
    EXPECT_EQ(engine.step, 8u) << "a group of steps, after which somebody looks";
    EXPECT_EQ(engine.groups, std::vector<std::uint64_t>({8}));
    EXPECT_EQ(notes.checkpoints, std::vector<std::uint64_t>({8}));
    EXPECT_TRUE(history.empty());
}

class TrainerDiverges : public Trainer {
protected:
    std::string error_at(std::uint64_t step) {
        engine.diverges_at = step;
        try {
            run();
        } catch (const DivergedError& error) {
            EXPECT_TRUE(notes.checkpoints.empty());
            return error.what();
        }
        return "trained on";
    }
};

TEST_F(TrainerDiverges, NamesStepAndEpoch) {
    EXPECT_NE(error_at(4).find("step 5 (epoch 1)"), std::string::npos) << error_at(4);
    EXPECT_TRUE(history.empty());
}

TEST_F(TrainerDiverges, NamesStepAndEpochInTheLastOfSeveralEpochsAtOnce) {
    EXPECT_NE(error_at(30).find("step 31 (epoch 3)"), std::string::npos) << error_at(30);
    EXPECT_EQ(engine.epoch_groups, std::vector<int>{2});
    EXPECT_EQ(history.size(), 2u);
}

TEST_F(TrainerDiverges, NamesTheEpochWhereOthersHaveComeBehindIt) {
    EXPECT_NE(error_at(17).find("epoch 2 is nan"), std::string::npos) << error_at(17);
    EXPECT_EQ(history.size(), 1u);
}

TEST_F(Trainer, StopsEarlyWithoutProgress) {
    plan.epochs = 50;
    plan.early_stop = 3;
    engine.val_losses = {0.5, 0.4, 0.45, 0.41, 0.4, 0.1};
    EXPECT_EQ(run(), TrainEnd::stopped_early);
    EXPECT_EQ(history.size(), 5u);
    EXPECT_EQ(notes.best, std::vector<bool>({true, true, false, false, false}));
    EXPECT_EQ(notes.checkpoints.back(), engine.step);
}

TEST_F(Trainer, TrainsShortEpochsAtOnce) {
    plan.epochs = 9;
    run();
    EXPECT_EQ(engine.epoch_groups, std::vector<int>{8});  // the first tells how long they are
    ASSERT_EQ(history.size(), 9u);
    for (int i = 0; i < 9; ++i) {
        EXPECT_EQ(history[static_cast<std::size_t>(i)].epoch, i + 1);
        EXPECT_EQ(history[static_cast<std::size_t>(i)].loss, 1.0 / (13 * (i + 1)));
    }
    EXPECT_EQ(notes.checkpoints, std::vector<std::uint64_t>({117}));
}

TEST_F(Trainer, TrainsNoFurtherAtOnceThanToWhatIsDue) {
    plan.epochs = 9;
    plan.checkpoint_every = 3 * plan.order.steps_per_epoch() + 1;
    plan.profile_first = 7 * 13, plan.profile_last = 8 * 13;
    run();
    EXPECT_EQ(engine.epoch_groups, std::vector<int>({2, 2, 1}));  // epochs 2 and 3, 5 and 6, 9
    EXPECT_EQ(notes.checkpoints, std::vector<std::uint64_t>({40, 80, 117}));
}

TEST_F(Trainer, GroupsEndWhereTheProfilerIsSwitched) {
    plan.profile_first = 3, plan.profile_last = 11;
    run();
    std::uint64_t step = 0;
    std::vector<std::uint64_t> ends;
    for (const std::uint64_t group : engine.groups) ends.push_back(step += group);
    EXPECT_NE(std::find(ends.begin(), ends.end(), 3u), ends.end());
    EXPECT_NE(std::find(ends.begin(), ends.end(), 11u), ends.end());
}

}  // namespace
}  // namespace ae
