// Several ranks, each with a GPU of its own: the engine cublas trains as one process does. Ranks are threads that take
// turns on the emulator.
#include <gmock/gmock.h>

#include "ae/engine.h"
#include "ae/error.h"
#include "compare.h"
#include "control.h"
#include "nccl.h"
#include "thread_group.h"
#include "turns.h"

namespace ae::test {
namespace emulated_ranks_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Calls body(group) once a rank, on a machine with as many GPUs as ranks.
void run_on_gpus(int ranks, const std::function<void(Group&)>& body) {
    run_ranks(
        ranks,
        [&](Group& group) {
            const emulator::Turn turn;
            body(group);
        },
        emulator::wait_for_others);
}

/// All that a training leaves.
struct Trained {
    State state;
    std::vector<EpochResult> epochs;
    std::vector<float> losses;
    double loss = 0;  ///< of the epoch that is not over
    Metrics validation;
};

void expect_alike(const Trained& a, const Trained& b, double tolerance) {
    EXPECT_LE(relative_l2(a.state.parameters, b.state.parameters), tolerance);
    EXPECT_LE(relative_l2(a.state.m, b.state.m), 10 * tolerance);
    EXPECT_LE(relative_l2(a.state.v, b.state.v), 10 * tolerance);
    ASSERT_EQ(a.state.losses.size(), b.state.losses.size());
    EXPECT_LE(relative_l2(a.state.losses, b.state.losses), tolerance);
    ASSERT_EQ(a.losses.size(), b.losses.size());
    EXPECT_LE(relative_l2(a.losses, b.losses), tolerance);
    EXPECT_NEAR(a.loss, b.loss, tolerance);
    EXPECT_NEAR(a.validation.bce, b.validation.bce, tolerance);
    ASSERT_EQ(a.epochs.size(), b.epochs.size());
    for (std::size_t e = 0; e < a.epochs.size(); ++e) {
        EXPECT_NEAR(a.epochs[e].loss, b.epochs[e].loss, tolerance);
        EXPECT_NEAR(a.epochs[e].validation.bce, b.epochs[e].validation.bce, tolerance);
        EXPECT_NEAR(a.epochs[e].validation.mse, b.epochs[e].validation.mse, tolerance);
    }
}

class EmulatedRanks : public testing::Test {
protected:
    /// 40 images in batches of 16, the last of 8; one chunk of validation, which rank 0 scores.
    EmulatedRanks() : data(random_dataset(40, 20, 2, 3)) {
        settings = {.shape = Shape({6, 5, 3, 5, 6}),
                    .batch_size = 16,
                    .adam = {},
                    .seed = 3,
                    .noise = {NoiseKind::gaussian, 0.1f, 0.3f}};
        emulator::control() = {};
        emulator::nccl_counts() = {};
    }
    ~EmulatedRanks() override {
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
        (void)cudaGetLastError();
    }

    Trained train(const std::string& name, Group* group, const State* from = nullptr) const {
        EngineOptions with = options;
        with.group = group;
        const auto engine = make_engine(name, settings, with, data);
        if (from) engine->set_state(*from);
        Trained trained;
        trained.epochs = engine->run_epochs(3);
        trained.losses = engine->losses();
        engine->run(1);
        engine->run(4);  // over the end of an epoch
        trained.state = engine->state();
        trained.loss = engine->epoch_loss();
        trained.validation = engine->validate();
        return trained;
    }

    /// What each rank has in the end: the same bits.
    Trained train_together(int ranks) const {
        emulator::control().devices = ranks;
        std::vector<Trained> all;
        run_on_gpus(ranks, [&](Group& group) { all.push_back(train("cublas", &group)); });
        EXPECT_EQ(all.size(), static_cast<std::size_t>(ranks));
        for (const Trained& one : all) expect_alike(one, all.front(), 0);
        return all.front();
    }

    Settings settings;
    EngineOptions options;
    Dataset data;
};

TEST_F(EmulatedRanks, TrainAsOneProcessDoes) {
    const Trained truth = train("truth", nullptr);
    for (const int ranks : {2, 3}) {
        SCOPED_TRACE(ranks);
        expect_alike(train_together(ranks), truth, 2e-6);
    }
    EXPECT_EQ(emulator::nccl_counts().joined, 2 + 3);
}

TEST_F(EmulatedRanks, TrainWithoutNcclByWayOfTheHost) {
    const Trained by_nccl = train_together(2);
    emulator::control().has_nccl = false;
    const Trained by_host = train_together(2);
    expect_alike(by_host, by_nccl, 0);  // the sum of two has one order
    EXPECT_EQ(emulator::nccl_counts().joined, 2) << "the first training alone";
}

TEST_F(EmulatedRanks, MayHaveNoRowOfABatch) {
    settings.batch_size = 3;  // and 1 image in the last: of five ranks two have none, then four
    const Trained truth = train("truth", nullptr);
    expect_alike(train_together(5), truth, 2e-6);
}

TEST_F(EmulatedRanks, KeepApartBatchesOfWhichTheyHaveAsManyRows) {
    data = random_dataset(39, 20, 2, 3);
    settings.batch_size = 5;  // two rows for the first rank, and two of the last batch, which has four
    const auto truth = make_engine("truth", settings, {}, data);
    truth->run(24);
    emulator::control().devices = 2;
    run_on_gpus(2, [&](Group& group) {
        const auto engine = make_engine("cublas", settings, {.group = &group}, data);
        for (int step = 0; step < 24; ++step) engine->run(1);
        EXPECT_LE(relative_l2(engine->state().parameters, truth->state().parameters), 2e-6);
        EXPECT_LE(relative_l2(engine->losses(), truth->losses()), 2e-6);
    });
}

TEST_F(EmulatedRanks, ShareTheValidationOut) {
    data = random_dataset(40, 5010, 2, 3);  // three chunks
    const Metrics truth = make_engine("truth", settings, {}, data)->validate();
    emulator::control().devices = 2;
    run_on_gpus(2, [&](Group& group) {
        const auto engine = make_engine("cublas", settings, {.group = &group}, data);
        for (int repeated = 0; repeated < 2; ++repeated) {
            const Metrics metrics = engine->validate();
            EXPECT_NEAR(metrics.bce, truth.bce, 1e-6);
            EXPECT_NEAR(metrics.mse, truth.mse, 1e-6);
        }
    });
}

TEST_F(EmulatedRanks, TrainWithEveryWayOfLaunching) {
    const Trained by_steps = train_together(2);
    options.epoch_graph = true;
    expect_alike(train_together(2), by_steps, 0);
    options = {.graph = false};
    expect_alike(train_together(2), by_steps, 0);
}

TEST_F(EmulatedRanks, GoOnWithAnotherNumberOfRanks) {
    const auto run = [&](Group* group, const State* from, std::uint64_t steps) {
        const auto engine = make_engine("cublas", settings, {.group = group}, data);
        if (from) engine->set_state(*from);
        engine->run(steps);
        return engine->state();
    };
    const State unbroken = run(nullptr, nullptr, 8);
    State state;
    emulator::control().devices = 3;
    run_on_gpus(3, [&](Group& group) { state = run(&group, nullptr, 4); });
    EXPECT_EQ(state.losses.size(), 16u) << "in the middle of an epoch";
    const State from = state;
    run_on_gpus(2, [&](Group& group) { state = run(&group, &from, 1); });
    state = run(nullptr, &state, 3);
    EXPECT_LE(relative_l2(state.parameters, unbroken.parameters), 2e-6);
    EXPECT_LE(relative_l2(state.losses, unbroken.losses), 2e-6);
}

TEST_F(EmulatedRanks, AddInRegisteredMemory) {
    emulator::control().devices = 2;
    run_on_gpus(2, [&](Group& group) {
        const auto engine = make_engine("cublas", settings, {.group = &group}, data);
        engine->run(20);
    });
    EXPECT_EQ(emulator::nccl_counts().windows, 2);
    EXPECT_EQ(emulator::nccl_counts().sums_in_windows, 2 * 20 * 4) << "a sum a layer, in each step of each rank";
    EXPECT_EQ(emulator::nccl_counts().sums, 2 * (20 * 4 + 1)) << "and the losses of the run";
    EXPECT_EQ(emulator::nccl_counts().aborted, 0);
}

/// The sums of the last two layers run beside the way back. The first two layers' gradients are there at its end, and
/// their sums follow one another.
TEST_F(EmulatedRanks, AddBesideTheWayBack) {
    data = random_dataset(48, 2, 2, 2);
    settings.noise = {};
    settings.shape = Shape({4, 20, 8, 20, 4});
    const StepLaunches alone = make_engine("cublas", settings, {}, data)->profile(3).launches;
    emulator::control().devices = 2;
    run_on_gpus(2, [&](Group& group) {
        const auto engine = make_engine("cublas", settings, {.group = &group}, data);
        const StepLaunches launches = engine->profile(3).launches;
        EXPECT_EQ(launches.kernels, alone.kernels + 4);
        EXPECT_EQ(launches.longest_chain, alone.longest_chain + 2);
    });
}

TEST_F(EmulatedRanks, HaveAGpuEach) {
    emulator::control().devices = 3;
    run_on_gpus(3, [&](Group& group) {
        const auto engine = make_engine("auto", settings, {.group = &group}, data);
        int device = -1;
        EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
        EXPECT_EQ(device, group.local_rank());
        EXPECT_EQ(engine->name(), "cublas");
        EXPECT_THAT(engine->device(), HasSubstr("gradients added by NCCL 2.28.9"));
    });
}

class RefusedRanks : public EmulatedRanks {
protected:
    /// Why none of two ranks can train.
    std::string refusal(const std::string& engine) const {
        std::vector<std::string> whys;
        run_on_gpus(2, [&](Group& group) {
            try {
                make_engine(engine, settings, {.group = &group}, data);
                whys.emplace_back("nothing");
            } catch (const Error& error) {
                whys.emplace_back(error.what());
            }
        });
        EXPECT_EQ(whys.at(0), whys.at(1));
        return whys.at(0);
    }
};

TEST_F(RefusedRanks, AreMoreThanGpus) {
    EXPECT_THAT(refusal("cublas"), AllOf(HasSubstr("engine cublas: ranks 0 and 1 would share a GPU: each sees 1 GPU"),
                                         HasSubstr("--map-by ppr:1:node"), HasSubstr("--engine cpu")));
    run_on_gpus(2, [&](Group& group) {
        EXPECT_EQ(make_engine("auto", settings, {.threads = 1, .group = &group}, data)->name(), "cpu");
    });
}

TEST_F(RefusedRanks, HaveNoGpu) {
    emulator::control().devices = 0;
    EXPECT_THAT(refusal("cublas"), HasSubstr("engine cublas: rank 0 has no GPU: check that nvidia-smi"));
}

TEST_F(RefusedRanks, AskForAnEngineOfOneProcess) {
    emulator::control().devices = 2;
    EXPECT_THAT(refusal("fused"), HasSubstr("take --engine cublas"));
    EXPECT_THAT(refusal("cublaslt"), HasSubstr("take --engine cublas"));
    settings.shards = 4;
    EXPECT_THAT(refusal("cublas"), HasSubstr("only the CPU adds --shards in a fixed order; take --engine cpu"));
}

}  // namespace
}  // namespace emulated_ranks_test
}  // namespace ae::test
