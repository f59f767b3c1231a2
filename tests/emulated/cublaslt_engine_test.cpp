// Tests of the engine cublaslt that only the emulator can run: every epilogue refused, the fastest algorithm known
// beforehand, caches of every kind, failures while algorithms are timed.
#include <cublasLt.h>
#include <gmock/gmock.h>

#include "ae/engine.h"
#include "ae/error.h"
#include "compare.h"
#include "control.h"
#include "cublas/lt_products.h"
#include "temporary_folder.h"

namespace ae::test {
namespace {

constexpr int kEpilogues[] = {CUBLASLT_EPILOGUE_DEFAULT,     CUBLASLT_EPILOGUE_BIAS,
                              CUBLASLT_EPILOGUE_RELU_BIAS,   CUBLASLT_EPILOGUE_RELU_AUX_BIAS,
                              CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADA};

class EmulatedCublasLtEngine : public testing::Test {
protected:
    Dataset data_ = random_dataset(11, 2, 4, 4);
    Settings settings_{Shape({16, 12, 5, 12, 16}), 4, Adam{}, 42};  // three steps an epoch, the third of three images
    TemporaryFolder folder_{memory_or_disk()};
    Environment cache_home_{"XDG_CACHE_HOME", folder_.path().c_str()}, no_home_{"HOME", nullptr};

    void SetUp() override { emulator::control() = {}; }
    void TearDown() override {
        EXPECT_EQ(emulator::live(), emulator::Live());
        emulator::control() = {};
        (void)cudaGetLastError();
    }

    State trained(const std::string& engine, const EngineOptions& options = {}, std::uint64_t steps = 7) const {
        const auto e = make_engine(engine, settings_, options, data_);
        e->run(steps);
        return e->state();
    }
    std::filesystem::path cache_file() const {
        return folder_ / "ae_cuda/cublaslt-Emulated-GPU-sm_80-4-GiB-13000-13000.json";
    }
};

TEST_F(EmulatedCublasLtEngine, WithNothingSupportedHasTheBitsOfCublas) {
    emulator::control().lt_refused = {std::begin(kEpilogues), std::end(kEpilogues)};
    const State lt = trained("cublaslt"), cublas = trained("cublas");
    EXPECT_EQ(lt.parameters, cublas.parameters);
    EXPECT_EQ(lt.losses, cublas.losses);
}

TEST_F(EmulatedCublasLtEngine, AgreesWhateverIsNotSupported) {
    settings_.code_activation = Activation::linear;
    const State all = trained("cublaslt");
    for (const int first : kEpilogues)
        for (const int second : kEpilogues) {
            emulator::control() = {};
            emulator::control().lt_refused = {first, second};
            const State some = trained("cublaslt");
            EXPECT_LE(relative_l2(some.parameters, all.parameters), 2e-5) << first << " " << second;
            EXPECT_LE(relative_l2(some.v, all.v), 2e-4) << first << " " << second;
            EXPECT_EQ(trained("cublaslt", {.graph = false}).parameters, some.parameters);
        }
}

TEST_F(EmulatedCublasLtEngine, UsesEveryEpilogueThatIsSupported) {
    settings_.code_activation = Activation::linear;
    (void)trained("cublaslt");
    const std::string kinds = content_of(cache_file());
    for (const int epilogue : {CUBLASLT_EPILOGUE_DEFAULT, CUBLASLT_EPILOGUE_BIAS, CUBLASLT_EPILOGUE_RELU_AUX_BIAS,
                               CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADA})
        EXPECT_THAT(kinds, testing::HasSubstr("epilogue " + std::to_string(epilogue) + " "));
    EXPECT_THAT(kinds, testing::Not(testing::HasSubstr("epilogue 6 "))) << "the mask was refused";
}

TEST_F(EmulatedCublasLtEngine, TakesTheFastestAndKeepsIt) {
    const State first = trained("cublaslt", {.autotune = false});
    EXPECT_FALSE(std::filesystem::exists(cache_file())) << "nothing was to be timed";
    EXPECT_EQ(trained("cublaslt").parameters, first.parameters) << "timing changed what was trained";

    std::filesystem::remove(cache_file());
    emulator::control().lt_fastest = 2;
    const State fastest = trained("cublaslt");
    EXPECT_NE(fastest.parameters, first.parameters) << "the algorithms add in other orders";
    EXPECT_TRUE(std::filesystem::exists(cache_file()));

    emulator::control().lt_fastest = 0;
    EXPECT_EQ(trained("cublaslt").parameters, fastest.parameters);
    EXPECT_EQ(trained("cublaslt", {.autotune = false}).parameters, first.parameters);
}

TEST_F(EmulatedCublasLtEngine, TimesNothingThatTheCacheKnows) {
    const auto calls = [&] {
        const long before = emulator::control().calls;
        (void)trained("cublaslt");
        return emulator::control().calls - before;
    };
    const long timing = calls(), remembering = calls();
    EXPECT_LT(remembering, timing / 4);
}

TEST_F(EmulatedCublasLtEngine, DoesWithoutACacheThatIsDamaged) {
    const State whole = trained("cublaslt");
    const std::string text = content_of(cache_file());
    std::string foreign = text, strange = text;
    for (std::size_t at = 0; (at = strange.find("4c742d616c676f21", at)) != std::string::npos;) strange[at] = '5';
    foreign.replace(foreign.find("sm_80"), 5, "sm_90");
    for (const std::string& bytes : {std::string(), text.substr(0, text.size() / 2), foreign, strange}) {
        put(cache_file(), bytes);
        EXPECT_EQ(trained("cublaslt").parameters, whole.parameters);
        EXPECT_EQ(content_of(cache_file()), text) << "not rewritten";
    }
}

TEST_F(EmulatedCublasLtEngine, TimesOnlyWhatAStepRepeats) {
    const auto engine = make_engine("cublaslt", settings_, {}, data_);
    engine->run(4);
    const std::string steps = content_of(cache_file());
    for (const int n : {1, 2}) (void)engine->network().reconstruct(data_.test.floats(0, n));
    (void)engine->validate();
    EXPECT_EQ(content_of(cache_file()), steps);
}

TEST_F(EmulatedCublasLtEngine, ProfilesItsOwnVerbsWithTheSameBits) {
    const auto engine = make_engine("cublaslt", settings_, {}, data_);
    std::vector<std::string> names;
    double flops = 0;
    for (const StepVerb& v : engine->profile(2).verbs) {
        names.push_back(v.verb);
        flops += v.flops;
    }
    EXPECT_THAT(names, testing::ElementsAre("tick", "gather", "forward", "forward", "forward", "loss", "backward",
                                            "update", "backward", "update", "backward", "update", "update"));
    EXPECT_DOUBLE_EQ(flops, settings_.shape.flops_per_image() * settings_.batch_size);
    EXPECT_EQ(engine->state().parameters, trained("cublaslt", {}, 2).parameters);
}

/// One product, chosen by timing and run.
std::string error_of_a_product(const std::string& cache_home) {
    const Environment home("XDG_CACHE_HOME", cache_home.c_str());
    try {
        const Stream stream = make_stream();
        const DeviceBuffer<std::byte> workspace(1 << 20);
        const DeviceBuffer<float> a(6), b(8), c(12);
        CublasLt lt(Precision::fp32, true);
        const LtProduct product{{c.data(), 3, 4}, false, {a.data(), 3, 2}, false, {b.data(), 2, 4}};
        EXPECT_TRUE(lt.run(product, true, stream, workspace));
        check(cudaStreamSynchronize(stream));
    } catch (const GpuError& e) {
        return e.what();
    }
    return "";
}

TEST_F(EmulatedCublasLtEngine, EveryFailureOfTimingIsReportedAndNothingLeaks) {
    for (const bool kept : {false, true}) {  // what is read is checked, which can fail too
        emulator::control() = {};
        if (kept) {
            ASSERT_EQ(error_of_a_product(folder_.path()), "");
        }
        long call = 1;
        for (;; ++call) {
            emulator::control() = {.fail_at = call};
            const std::string error =
                error_of_a_product(kept ? folder_.path().string() : "relative, so not used: no cache");
            ASSERT_EQ(emulator::live(), emulator::Live()) << "leak after the failure of call " << call;
            if (error.empty()) break;
            ASSERT_THAT(error, testing::StartsWith("GPU: ")) << call;
        }
        EXPECT_LT(emulator::control().calls, call) << "a failure was not reported";
        EXPECT_GT(call, kept ? 10 : 100);
    }
}

}  // namespace
}  // namespace ae::test
