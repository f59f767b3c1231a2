// Ranks that share every batch: together they train as one process does, and with a fixed number of shards they have
// its bits.
#include "engine/sharded_step.h"

#include <gmock/gmock.h>

#include <bit>
#include <mutex>
#include <set>

#include "ae/error.h"
#include "compare.h"
#include "engine/training_engine.h"
#include "thread_group.h"

namespace ae::test {
namespace sharded_step_test {
namespace {

/// All that a training leaves.
struct Trained {
    State state;
    std::vector<EpochResult> epochs;
    std::vector<float> losses;

    bool operator==(const Trained& o) const {
        const auto same = [](const EpochResult& a, const EpochResult& b) {
            return a.loss == b.loss && a.validation.bce == b.validation.bce && a.validation.mse == b.validation.mse;
        };
        return state.parameters == o.state.parameters && state.m == o.state.m && state.v == o.state.v &&
               state.losses == o.state.losses && losses == o.losses && std::ranges::equal(epochs, o.epochs, same);
    }
};

class ShardedTraining : public testing::Test {
protected:
    /// 53 images in batches of 14, the last of 11, which some ranks have no row of; two chunks of validation.
    ShardedTraining() : data(random_dataset(53, 400, 5, 6)) {
        settings = {.shape = Shape({30, 12, 5, 12, 30}),
                    .batch_size = 14,
                    .adam = {},
                    .seed = 3,
                    .noise = {NoiseKind::gaussian, 0.1f, 0.3f}};
    }

    Trained train(const std::string& engine_name, Group* group, int epochs = 2, const State* from = nullptr) const {
        const auto engine = make_engine(engine_name, settings, {.threads = 2, .group = group}, data);
        if (from) engine->set_state(*from);
        Trained trained;
        trained.epochs = engine->run_epochs(epochs);
        trained.losses = engine->losses();
        engine->run(2);
        trained.state = engine->state();
        return trained;
    }

    /// What each rank has in the end: the same.
    Trained train_together(const std::string& engine_name, int ranks) const {
        std::mutex mutex;
        std::vector<Trained> all;
        run_ranks(ranks, [&](Group& group) {
            Trained own = train(engine_name, &group);
            const std::lock_guard lock(mutex);
            all.push_back(std::move(own));
        });
        for (const Trained& one : all) EXPECT_EQ(one, all.front()) << "ranks differ";
        return all.front();
    }

    Settings settings;
    Dataset data;
};

TEST_F(ShardedTraining, HasTheSameBitsForAnyNumberOfRanks) {
    for (const char* name : {"cpu", "truth"})
        for (const int shards : {2, 5, 8, 16}) {
            settings.shards = shards;
            const Trained alone = train(name, nullptr);
            for (const int ranks : {1, 2, 3, 4, 8}) {
                if (ranks > shards) continue;
                EXPECT_EQ(train_together(name, ranks), alone) << name << ", " << ranks << " of " << shards;
            }
        }
}

TEST_F(ShardedTraining, TrainsAsOneProcessDoes) {
    for (const int ranks : {2, 3, 5, 20}) {
        settings.shards = 0;
        const Trained alone = train("truth", nullptr), together = train_together("truth", ranks);
        EXPECT_LE(relative_l2(together.state.parameters, alone.state.parameters), 1e-7) << ranks;
        EXPECT_LE(relative_l2(together.losses, alone.losses), 1e-7) << ranks;
        EXPECT_NEAR(together.epochs[1].loss, alone.epochs[1].loss, 1e-9);
        EXPECT_NEAR(together.epochs[1].validation.bce, alone.epochs[1].validation.bce, 1e-9);
        EXPECT_NEAR(together.epochs[1].validation.mse, alone.epochs[1].validation.mse, 1e-9);
    }
}

TEST_F(ShardedTraining, OneShardHasTheBitsOfAnUndividedBatch) {
    const Trained undivided = train("cpu", nullptr);
    settings.shards = 1;
    EXPECT_EQ(train("cpu", nullptr), undivided);
    EXPECT_EQ(train_together("cpu", 3), undivided);
}

TEST_F(ShardedTraining, GoesOnWithAnotherNumberOfRanks) {
    settings.shards = 8;
    const Trained unbroken = train("cpu", nullptr, 4);
    State state;
    std::mutex mutex;
    for (const int ranks : {4, 2}) {
        const State before = state;
        run_ranks(ranks, [&](Group& group) {
            const auto engine = make_engine("cpu", settings, {.threads = 1, .group = &group}, data);
            if (!before.parameters.empty()) engine->set_state(before);
            engine->run(5);
            const std::lock_guard lock(mutex);
            state = engine->state();
        });
    }
    const auto engine = make_engine("cpu", settings, {}, data);
    engine->set_state(state);
    engine->run(4 * 4 + 2 - 10);
    EXPECT_EQ(engine->state().parameters, unbroken.state.parameters);
    EXPECT_EQ(engine->state().losses, unbroken.state.losses);
}

TEST_F(ShardedTraining, AnyRankSeesTheOthersLossesBecomeNaN) {
    settings.adam.learning_rate = std::numeric_limits<double>::infinity();
    run_ranks(3, [&](Group& group) {
        const auto engine = make_engine("cpu", settings, {.threads = 1, .group = &group}, data);
        engine->run(3);
        EXPECT_TRUE(std::isnan(engine->epoch_loss()));
    });
}

TEST_F(ShardedTraining, IsForCpusAlone) {
    settings.shards = 2;
    try {
        make_engine("cublas", settings, {}, data);
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("take --engine cpu"));
    }
}

TEST(ShardTree, IsCutWhereRanksMeet) {
    const std::vector<OwnNode> expected = {{{0, 2}, 0}, {{2, 2}, 1}, {{4, 1}, 1}, {{5, 1}, 2}, {{6, 2}, 2}};
    EXPECT_EQ(own_nodes({0, 8}, 8, 3), expected);
    EXPECT_EQ(own_nodes({0, 8}, 8, 1), (std::vector<OwnNode>{{{0, 8}, 0}}));
    EXPECT_EQ(own_nodes({0, 2}, 2, 3), (std::vector<OwnNode>{{{0, 1}, 1}, {{1, 1}, 2}}));
}

TEST(ShardTree, RanksTakeConsecutiveShards) {
    for (int shards = 1; shards <= 20; ++shards)
        for (int ranks = 1; ranks <= 20; ++ranks)
            for (int s = 0; s < shards; ++s) {
                const int rank = rank_of_shard(s, shards, ranks);
                EXPECT_LE(shards * rank / ranks, s);
                EXPECT_GT(shards * (rank + 1) / ranks, s);
            }
}

/// Numbers whose sum depends on the order in which they are added.
TEST(ShardSum, AddsInTheOrderOfTheTree) {
    const std::vector<float> values = {1.0f, 0x1p24f, -0x1p24f, 1.0f, 3.0f};
    const float expected = ((values[0] + values[1]) + values[2]) + (values[3] + values[4]);
    ThreadPool pool(1);
    ShardSum<float> sum(nullptr, 5, 100, pool);
    const float* result =
        sum.of(100, [&](int shard, float* to) { std::fill_n(to, 100, values[static_cast<std::size_t>(shard)]); });
    EXPECT_EQ(result[0], expected);
    EXPECT_EQ(result[99], expected);
}

TEST(Portion, SharesOutWholeUnits) {
    for (const std::size_t n : {0u, 1u, 63u, 64u, 1000u})
        for (int ranks = 1; ranks < 9; ++ranks) {
            std::size_t end = 0;
            for (int r = 0; r < ranks; ++r) {
                const Portion part = portion_of(n, r, ranks, 64);
                EXPECT_EQ(part.begin, end);
                EXPECT_TRUE(part.begin % 64 == 0 || part.begin == n);
                end = part.end;
            }
            EXPECT_EQ(end, n);
        }
}

}  // namespace
}  // namespace sharded_step_test
}  // namespace ae::test
