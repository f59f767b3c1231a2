// Models that are trained side by side: each as a group of one would train it, and near the truth.
#include "engine/model_group.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "ae/error.h"
#include "compare.h"
#include "control.h"
#include "engine/gpu.h"
#include "executor.h"

namespace ae::model_group_test {
using namespace test;
namespace {

using testing::HasSubstr;

/// Three batches an epoch, the last of three images.
class Group : public testing::Test {
protected:
    Dataset data_ = random_dataset(11, 9, 4, 4);
    Settings settings_{Shape({16, 12, 5, 12, 16}), 4, Adam{}, 42};
    EngineOptions options_{};

    void SetUp() override { emulator::control() = {}; }
    void TearDown() override {
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
    }

    /// Three models that differ in all that may differ.
    std::vector<Settings> three() const {
        std::vector<Settings> models(3, settings_);
        models[1].seed = 7;
        models[1].adam.learning_rate = 3e-3;
        models[2].seed = 8;
        models[2].adam = {.learning_rate = 1e-2, .beta1 = 0.8, .decay = Decay::linear, .decay_steps = 40};
        return models;
    }
    std::vector<Settings> three_noisy() const {
        std::vector<Settings> models = three();
        models[1].noise = Noise::parse("gaussian:0.1..0.4");
        models[2].noise = Noise::parse("mask:0.5");
        return models;
    }
    std::unique_ptr<ModelGroup> make(const std::vector<Settings>& models) const {
        return make_cublas_group(models, options_, data_);
    }
};

void expect_same_bits(const State& a, const State& b) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.parameters, b.parameters);
    EXPECT_EQ(a.m, b.m);
    EXPECT_EQ(a.v, b.v);
    EXPECT_EQ(a.losses, b.losses);
}

void expect_same_bits(const std::vector<EpochResult>& a, const std::vector<EpochResult>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t e = 0; e < a.size(); ++e) {
        EXPECT_EQ(a[e].loss, b[e].loss) << e;
        EXPECT_EQ(a[e].validation.bce, b[e].validation.bce) << e;
        EXPECT_EQ(a[e].validation.mse, b[e].validation.mse) << e;
    }
}

/// Steps without and with recordings, all kinds of step, epochs, validation.
void expect_each_as_alone(ModelGroup& group, const std::vector<std::unique_ptr<ModelGroup>>& alone) {
    group.run(13);
    for (std::size_t m = 0; m < alone.size(); ++m) {
        alone[m]->run(13);
        expect_same_bits(group.state(static_cast<int>(m)), alone[m]->state(0));
    }
    group.run(5);
    const auto results = group.run_epochs(9);
    const std::vector<double> losses = group.epoch_losses();
    const std::vector<Metrics> metrics = group.validate();
    for (std::size_t m = 0; m < alone.size(); ++m) {
        alone[m]->run(5);
        expect_same_bits(results[m], alone[m]->run_epochs(9)[0]);
        expect_same_bits(group.state(static_cast<int>(m)), alone[m]->state(0));
        EXPECT_EQ(losses[m], alone[m]->epoch_losses()[0]);
        EXPECT_EQ(losses[m], results[m].back().loss);
        EXPECT_EQ(metrics[m].bce, alone[m]->validate()[0].bce);
        EXPECT_EQ(metrics[m].mse, results[m].back().validation.mse);
    }
}

TEST_F(Group, TrainsEachModelAsAGroupOfOneDoes) {
    for (const bool graph : {false, true})
        for (const std::vector<Settings>& models : {three(), three_noisy()}) {
            options_.graph = graph;
            const auto group = make(models);
            EXPECT_EQ(group->size(), 3);
            std::vector<std::unique_ptr<ModelGroup>> alone;
            for (const Settings& settings : models) alone.push_back(make({settings}));
            expect_each_as_alone(*group, alone);
        }
}

TEST_F(Group, TrainsEachModelWithTheBitsOfItsEngineWhereProductsAddAlike) {
    const std::vector<Settings> models = three_noisy();
    const auto group = make(models);
    group->run(7);
    for (std::size_t m = 0; m < models.size(); ++m) {
        const auto engine = make_engine("cublas", models[m], options_, data_);
        engine->run(7);
        expect_same_bits(group->state(static_cast<int>(m)), engine->state());
    }
}

TEST_F(Group, ValidatesOnMoreImagesThanItTakesAtATime) {
    data_ = random_dataset(11, 260, 4, 4);
    const std::vector<Settings> models = three_noisy();
    const auto group = make(models);
    group->run(2);
    const std::vector<Metrics> metrics = group->validate();
    for (std::size_t m = 0; m < models.size(); ++m) {
        const auto engine = make_engine("cublas", models[m], options_, data_);
        engine->run(2);
        EXPECT_EQ(metrics[m].bce, engine->validate().bce);
        EXPECT_EQ(metrics[m].mse, engine->validate().mse);
    }
}

TEST_F(Group, IsNearTheTruth) {
    for (const Loss loss : {Loss::bce, Loss::mse}) {
        settings_.loss = loss;
        const std::vector<Settings> models = three_noisy();
        const auto group = make(models);
        group->run(9);
        const std::vector<Metrics> metrics = group->validate();
        for (std::size_t m = 0; m < models.size(); ++m) {
            const auto truth = make_engine("truth", models[m], {}, data_);
            truth->run(9);
            const State found = group->state(static_cast<int>(m)), expected = truth->state();
            EXPECT_LE(relative_l2(found.parameters, expected.parameters), 2e-5) << m;
            EXPECT_LE(relative_l2(found.losses, expected.losses), 1e-5) << m;
            EXPECT_TRUE(close(metrics[m].bce, truth->validate().bce, 0, 1e-5)) << m;
        }
    }
}

TEST_F(Group, GoesOnWithTheModelsThatAreKept) {
    const std::vector<Settings> models = three_noisy();
    const auto group = make(models), whole = make(models);
    for (const auto& each : {group.get(), whole.get()}) (void)each->run_epochs(3);
    const std::vector<int> kept{0, 2};
    group->keep(kept);
    EXPECT_EQ(group->size(), 2);
    for (const int epochs : {1, 6}) {
        const auto results = group->run_epochs(epochs), all = whole->run_epochs(epochs);
        for (std::size_t i = 0; i < kept.size(); ++i) {
            expect_same_bits(results[i], all[static_cast<std::size_t>(kept[i])]);
            expect_same_bits(group->state(static_cast<int>(i)), whole->state(kept[i]));
        }
        const std::vector<Metrics> metrics = group->validate();
        for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(results[i].back().validation.bce, metrics[i].bce);
    }
    EXPECT_THROW(group->keep(std::vector{1, 0}), std::logic_error);
    EXPECT_THROW(group->keep(std::vector{2}), std::logic_error);
    EXPECT_THROW(group->keep({}), std::logic_error);
}

/// In place of what runs kernels: the most models that one of them was launched for.
class MostModels final : public emulator::Executor {
public:
    MostModels() { emulator::executor() = this; }
    ~MostModels() override { emulator::executor() = nullptr; }
    void run(const cudaLaunchConfig_t& config, const emulator::KernelCall&) override {
        found = std::max(found, config.gridDim.z);
    }
    void allocated(const void*, std::size_t) override {}
    void freed(const void*) override {}
    void written(const void*, std::size_t) override {}
    void unset(const void*, std::size_t) override {}

    unsigned found = 0;
};

TEST_F(Group, NothingIsComputedForModelsThatAreDropped) {
    const auto group = make(three());
    for (int run = 0; run < 3; ++run) group->run(9);  // all kinds of steps have been recorded
    group->keep(std::vector{0, 2});
    const MostModels most;
    for (int run = 0; run < 3; ++run) group->run(9);
    EXPECT_EQ(most.found, 2u);
}

TEST_F(Group, GoesOnFromTheStatesOfItsModels) {
    const std::vector<Settings> models = three_noisy();
    const auto group = make(models), later = make(models);
    group->run(4);
    std::vector<State> states;
    for (int m = 0; m < 3; ++m) states.push_back(group->state(m));
    later->set_states(states);
    for (const auto& each : {group.get(), later.get()}) each->run(10);
    for (int m = 0; m < 3; ++m) expect_same_bits(group->state(m), later->state(m));
    EXPECT_THROW(later->set_states(std::span(states).first(2)), ModelError);
    states[1].step += 3;
    EXPECT_THROW(later->set_states(states), ModelError);
}

TEST_F(Group, AModelThatDivergesLeavesTheOthersAlone) {
    std::vector<Settings> models = three();
    const auto healthy = make(models);
    models[1].adam.learning_rate = std::numeric_limits<double>::infinity();
    const auto group = make(models);
    const auto found = group->run_epochs(2), expected = healthy->run_epochs(2);
    EXPECT_FALSE(std::isfinite(found[1].back().loss));
    for (const std::size_t m : {0, 2}) expect_same_bits(found[m], expected[m]);
}

TEST_F(Group, OfAnyNumberMakesTheSameCalls) {
    const auto calls = [&](const std::vector<Settings>& models) {
        const auto group = make(models);
        group->run(100);  // first run and recording of all kinds of steps
        group->run(100);
        const long before = emulator::control().calls;
        group->run(100);
        return emulator::control().calls - before;
    };
    EXPECT_EQ(calls(three()), calls({settings_}));
}

TEST_F(Group, KernelsThatDoNothingAreAnError) {
    const auto group = make(three());
    emulator::control().idle_kernels = true;
    try {
        group->run(1);
        ADD_FAILURE() << "a quiet run";
    } catch (const GpuError& e) {
        EXPECT_THAT(e.what(), HasSubstr("step 1 was run, and the clock on the device stands at step 0"));
    }
}

TEST(WhyNotTogether, NamesTheFirstDifference) {
    const Settings a;
    Settings b = a;
    b.seed = 1, b.adam.learning_rate = 1, b.noise = Noise::parse("mask:0.5");
    EXPECT_EQ(why_not_together(a, b), "");
    b.loss = Loss::mse;
    EXPECT_THAT(why_not_together(a, b), HasSubstr("losses"));
    b.code_activation = Activation::tanh;
    EXPECT_THAT(why_not_together(a, b), HasSubstr("activations"));
    b.batch_size = 8;
    EXPECT_THAT(why_not_together(a, b), HasSubstr("256 and 8"));
    b.shape = Shape({784, 10, 784});
    EXPECT_THAT(why_not_together(a, b), HasSubstr("784-10-784"));
}

}  // namespace
}  // namespace ae::model_group_test
