// The loop around a group of models, with a group that only counts.
#include "train/group_training.h"

#include <gmock/gmock.h>

#include <limits>
#include <thread>

#include "base/stopwatch.h"

namespace ae::group_training_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Model m's loss after epoch e is 100·m + e.
class CountingGroup final : public ModelGroup {
public:
    explicit CountingGroup(int models) {
        for (int m = 0; m < models; ++m) numbers.push_back(m);
    }

    int size() const override { return static_cast<int>(numbers.size()); }
    std::string device() const override { return "none"; }
    void run(std::uint64_t) override {}
    std::vector<std::vector<EpochResult>> run_epochs(int epochs) override {
        groups.push_back(epochs);
        std::this_thread::sleep_for(std::chrono::milliseconds(epochs * epoch_ms));
        std::vector<std::vector<EpochResult>> results;
        for (const int number : numbers) {
            results.emplace_back();
            for (int e = epoch + 1; e <= epoch + epochs; ++e) {
                const double loss = number == diverging && e >= diverges_at ? -std::nan("") : 100 * number + e;
                results.back().push_back({loss, {loss + 0.25, loss + 0.5}});
            }
        }
        epoch += epochs;
        return results;
    }
    std::vector<double> epoch_losses() override { return {}; }
    std::vector<Metrics> validate() override { return {}; }
    State state(int model) override {
        State state;
        state.step = static_cast<std::uint64_t>(numbers.at(static_cast<std::size_t>(model)));
        return state;
    }
    void set_states(std::span<const State>) override {}
    void keep(std::span<const int> models) override {
        std::vector<int> left;
        for (const int model : models) left.push_back(numbers.at(static_cast<std::size_t>(model)));
        numbers = left;
    }

    std::vector<int> numbers;
    std::vector<int> groups;  ///< epochs of each call
    int epoch = 0, epoch_ms = 0, diverging = -1, diverges_at = 0;
};

class Notes final : public GroupObserver {
public:
    void on_epoch(std::size_t model, const EpochRecord& record) override { epochs[model].push_back(record); }
    void on_divergence(std::size_t model, const std::string& note) override { diverged.emplace_back(model, note); }
    void on_checkpoint() override { ++checkpoints; }
    bool stop_requested() override { return epochs[0].size() >= stop_after; }

    History epochs[3];
    std::vector<std::pair<std::size_t, std::string>> diverged;
    int checkpoints = 0;
    std::size_t stop_after = std::numeric_limits<std::size_t>::max();
};

class GroupLoop : public testing::Test {
protected:
    CountingGroup group_{3};
    Notes notes_;
    GroupTraining training_{group_, 100, std::vector<History>(3)};
};

TEST_F(GroupLoop, RecordsEveryEpochOfEveryModel) {
    EXPECT_TRUE(training_.run(7, notes_));
    EXPECT_EQ(group_.epoch, 7);
    for (std::size_t m = 0; m < 3; ++m) {
        ASSERT_EQ(training_.history(m).size(), 7u);
        ASSERT_EQ(notes_.epochs[m].size(), 7u);
        const EpochRecord& last = training_.history(m).back();
        EXPECT_EQ(last.epoch, 7);
        EXPECT_EQ(last.loss, 100.0 * static_cast<double>(m) + 7);
        EXPECT_EQ(last.val_loss, last.loss + 0.25);
        EXPECT_EQ(last.val_mse, last.loss + 0.5);
        EXPECT_GT(last.seconds, 0);
        EXPECT_GT(last.images_per_s, 0);
    }
    EXPECT_TRUE(training_.run(7, notes_)) << "nothing is left to do";
    EXPECT_EQ(group_.epoch, 7);
}

TEST_F(GroupLoop, TrainsShortEpochsSeveralAtATime) {
    EXPECT_TRUE(training_.run(50, notes_));
    EXPECT_EQ(group_.groups[0], 1) << "nobody knew how long an epoch takes";
    EXPECT_LT(group_.groups.size(), 50u);
    EXPECT_EQ(group_.epoch, 50);
}

TEST_F(GroupLoop, TrainsLongEpochsOneAtATimeAndStopsBetweenThem) {
    group_.epoch_ms = 120;
    notes_.stop_after = 2;
    EXPECT_FALSE(training_.run(50, notes_));
    EXPECT_THAT(group_.groups, ElementsAre(1, 1));
}

TEST_F(GroupLoop, TheTimeOfAnEpochIsSharedByItsModels) {
    group_.epoch_ms = 90;
    const Stopwatch watch;
    training_.run(1, notes_);
    EXPECT_GE(training_.history(0)[0].seconds, 0.030);
    EXPECT_LE(3 * training_.history(0)[0].seconds, watch.seconds());
}

TEST_F(GroupLoop, AModelThatDivergesLeavesTheGroup) {
    group_.diverging = 1;
    group_.diverges_at = 3;
    EXPECT_TRUE(training_.run(6, notes_));
    ASSERT_EQ(notes_.diverged.size(), 1u);
    EXPECT_EQ(notes_.diverged[0].first, 1u);
    EXPECT_THAT(notes_.diverged[0].second, HasSubstr("the loss of epoch 3 is nan"));
    EXPECT_EQ(training_.history(1).size(), 2u);
    EXPECT_EQ(training_.history(2).size(), 6u);
    EXPECT_EQ(training_.history(2).back().loss, 206);
    EXPECT_THAT(training_.models(), ElementsAre(0, 2));
    EXPECT_EQ(training_.state(2).step, 2u) << "model 2 is in place 1 now";
}

TEST_F(GroupLoop, EndsWhereEveryModelHasDiverged) {
    CountingGroup one(1);
    GroupTraining training(one, 100, std::vector<History>(1));
    one.diverging = 0;
    EXPECT_TRUE(training.run(6, notes_));
    EXPECT_TRUE(training.models().empty());
    EXPECT_EQ(one.epoch, 1);
}

TEST_F(GroupLoop, KeepsWhatItIsAskedTo) {
    training_.run(1, notes_);
    training_.keep({0, 2});
    training_.run(3, notes_);
    EXPECT_THAT(group_.numbers, ElementsAre(0, 2));
    EXPECT_EQ(training_.history(1).size(), 1u);
    EXPECT_EQ(training_.history(2).back().loss, 203);
    training_.keep({1, 2});
    EXPECT_THAT(training_.models(), ElementsAre(2)) << "model 1 is gone";
}

TEST_F(GroupLoop, GoesOnFromEarlierEpochs) {
    group_.epoch = 4;
    GroupTraining training(group_, 100, std::vector<History>(3, History(4)));
    training.run(6, notes_);
    EXPECT_EQ(training.history(0).back().epoch, 6);
    EXPECT_EQ(notes_.epochs[0].size(), 2u);
}

}  // namespace
}  // namespace ae::group_training_test
