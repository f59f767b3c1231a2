// A network that is only applied: the results of the engine that trained it, without what training needs.
#include "ae/network.h"

#include "ae/engine.h"
#include "ae/error.h"
#include "ae/model.h"
#include "engine/cpu_device.h"
#include "live_memory.h"
#include "scores.h"

namespace ae::network_test {
using namespace test;
namespace {

const Settings kSmall{.shape = Shape({64, 20, 9, 20, 64}), .batch_size = 32, .adam = {}, .seed = 7};

std::unique_ptr<Engine> small_engine(const std::string& name) {
    return make_engine(name, kSmall, {}, random_dataset(70, 5, 8, 8));
}

Model model_of(const Settings& settings, std::vector<float> parameters) {
    return {.settings = settings, .parameters = std::move(parameters), .metadata = {}};
}

Model trained_model() {
    const auto engine = small_engine("cpu");
    engine->run(5);
    return model_of(kSmall, engine->state().parameters);
}

std::vector<float> images(int count) {
    return random_images(count, 8, 8, 0.2, 3).floats(0, count);
}

TEST(MakeNetwork, SaysOnWhatItRuns) {
    for (const char* name : {"cpu", "truth"}) {
        const auto network = make_network(name, trained_model(), {.threads = 3});
        EXPECT_EQ(network->name(), name);
        EXPECT_TRUE(network->device().ends_with(", 3 threads")) << network->device();
    }
}

TEST(MakeNetwork, TakesTheGpuWhereThereIsOneForAuto) {
    EXPECT_EQ(make_network("auto", trained_model(), {})->name(), why_no_gpu().empty() ? "cublas" : "cpu");
}

TEST(MakeNetwork, RefusesAnEngineThatThereIsNot) {
    EXPECT_THROW((void)make_network("tpu", trained_model(), {}), UsageError);
    if (why_no_gpu().empty()) return;
    for (const char* name : {"cublas", "cublaslt", "fused"})
        EXPECT_THROW((void)make_network(name, trained_model(), {}), GpuError) << name;
}

TEST(MakeNetwork, RefusesAnotherNumberOfParameters) {
    const std::vector<float> fit = trained_model().parameters;
    std::vector<float> fewer = fit, more = fit;
    fewer.pop_back(), more.push_back(0);
    for (const char* name : {"cpu", "truth", "auto"}) {
        EXPECT_THROW((void)make_network(name, model_of(kSmall, {}), {}), ModelError) << name;
        EXPECT_THROW((void)make_network(name, model_of(kSmall, fewer), {}), ModelError) << name;
        EXPECT_THROW((void)make_network(name, model_of(kSmall, more), {}), ModelError) << name;
    }
}

/// Numbers of rows around those that are taken at a time.
class AppliedNetwork : public testing::TestWithParam<int> {
protected:
    static constexpr int kChunk = CpuDevice<float>::kEvaluationRows;

    std::vector<float> images_ = images(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Rows, AppliedNetwork, testing::Values(0, 1, 31, 255, 256, 257, 700));

TEST_P(AppliedNetwork, HasTheBitsOfTheEnginesNetwork) {
    static_assert(kChunk == 256, "the numbers of rows are around this");
    const Model model = trained_model();
    for (const char* name : {"cpu", "truth"}) {
        const auto engine = small_engine(name);
        State state = engine->state();
        state.parameters = model.parameters;
        engine->set_state(state);
        const auto network = make_network(name, model, {});
        const std::vector<float> codes = network->encode(images_);
        EXPECT_EQ(codes.size(), static_cast<std::size_t>(GetParam()) * 9);
        EXPECT_EQ(codes, engine->network().encode(images_)) << name;
        EXPECT_EQ(network->decode(codes), engine->network().decode(codes)) << name;
        EXPECT_EQ(network->reconstruct(images_), engine->network().reconstruct(images_)) << name;
        const Scores found = network->score(images_), expected = engine->network().score(images_);
        EXPECT_EQ(found.bce, expected.bce) << name;
        EXPECT_EQ(found.mse, expected.mse) << name;
    }
}

TEST_P(AppliedNetwork, ReconstructsByEncodingAndDecoding) {
    const auto network = make_network("cpu", trained_model(), {});
    const std::vector<float> seen = network->reconstruct(images_);
    EXPECT_EQ(seen.size(), images_.size());
    EXPECT_EQ(network->decode(network->encode(images_)), seen);
    for (const float p : seen) ASSERT_TRUE(p > 0 && p < 1);
}

TEST_P(AppliedNetwork, ScoresTheReconstruction) {
    for (const char* name : {"cpu", "truth"}) {
        const auto network = make_network(name, trained_model(), {});
        expect_scores_of(network->score(images_), network->reconstruct(images_), images_, 64);
    }
}

TEST(Network, RefusesValuesThatAreNotWholeRows) {
    const auto network = make_network("cpu", trained_model(), {});
    EXPECT_THROW((void)network->encode(std::vector<float>(63)), ModelError);
    EXPECT_THROW((void)network->reconstruct(std::vector<float>(65)), ModelError);
    EXPECT_THROW((void)network->score(std::vector<float>(127)), ModelError);
    EXPECT_THROW((void)network->decode(std::vector<float>(10)), ModelError);
}

TEST(Network, HoldsParametersAndActivationsAndNoMoments) {
    Settings settings = kSmall;
    settings.shape = Shape({64, 3000, 64});
    const std::size_t parameters = settings.shape.parameters() * sizeof(float);
    const std::size_t activations = CpuDevice<float>::kEvaluationRows * (64 + 3000 + 64) * sizeof(float);
    const Model model = model_of(settings, std::vector<float>(settings.shape.parameters()));
    const EngineOptions options{.threads = 1};
    const Dataset data = random_dataset(32, 1, 8, 8);
    const auto held_by = [](auto make) {
        const std::size_t before = live_memory();
        const auto made = make();
        return live_memory() - before;
    };
    const std::size_t network = held_by([&] { return make_network("cpu", model, options); });
    EXPECT_GE(network, parameters + activations) << "not all that it needs was counted";
    EXPECT_LE(network, parameters + activations + parameters / 10);
    const std::size_t engine = held_by([&] { return make_engine("cpu", settings, options, data); });
    EXPECT_GE(engine, 4 * parameters + activations) << "gradients and moments were not counted";
}

}  // namespace
}  // namespace ae::network_test
