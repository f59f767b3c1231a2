// The engine `fused` as nvcc compiled it: whole steps against double precision, for each architecture.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ae/error.h"
#include "compiled.h"
#include "device.h"
#include "error.h"
#include "fused_problem.h"

namespace ptx {
namespace {

using ae::State;
using ae::test::relative_l2;
using testing::AllOf;
using testing::HasSubstr;

constexpr double kMostError = 6e-7;  ///< of a tensor, relative, Frobenius, where tensor cores sum exactly

/// Sums over few images, or of terms of both signs as tanh gives them, cancel more: with and without tensor cores
/// alike.
constexpr double kMostErrorOfSmallSums = 3e-6;

struct FusedCase {
    std::string name;
    int architecture;
    int batch_size = 256, rest = 96;
    ae::Activation activation = ae::Activation::relu, code_activation = ae::Activation::relu;
    bool goes_on = true;  ///< whether the same steps are run once more without a stop between them
    double most_error = kMostError;

    friend void PrintTo(const FusedCase& c, std::ostream* out) { *out << c.name; }
};

class FusedOnPtx : public testing::TestWithParam<FusedCase> {
protected:
    FusedOnPtx() {
        problem_.settings.activation = GetParam().activation;
        problem_.settings.code_activation = GetParam().code_activation;
        load_code_for(GetParam().architecture);
    }

    /// On every device, the cut of the network that the code was compiled for.
    void expect_the_right_cut() const {
        const char* net = GetParam().architecture >= 80 ? "<MnistNet" : "<SmallBlocksNet";
        EXPECT_GE(device_.profiles().size(), 4u);
        for (const auto& [name, profile] : device_.profiles()) EXPECT_THAT(name, HasSubstr(net));
    }

    void expect_near(const State& found, const State& truth) const {
        EXPECT_EQ(found.step, truth.step);
        for (const Tensor& t : tensors(problem_.settings.shape)) {
            const double gradient = relative_l2(t.of(found.m), t.of(truth.m)),
                         v = relative_l2(t.of(found.v), t.of(truth.v)),
                         w = relative_l2(t.of(found.parameters), t.of(truth.parameters));
            std::printf("  %s  m %.1e  v %.1e  w %.1e\n", t.name.c_str(), gradient, v, w);
            EXPECT_LE(gradient, GetParam().most_error) << t.name;
            EXPECT_LE(v, 2 * GetParam().most_error) << t.name;
            EXPECT_LE(w, GetParam().most_error) << t.name;
        }
        EXPECT_LE(relative_l2(found.losses, truth.losses), 3 * GetParam().most_error);
    }

    FusedProblem problem_{GetParam().batch_size, GetParam().rest};
    Device device_{compiled_for(GetParam().architecture)};
};

/// The statements of the engine's kernels, without the line that names the GPU and without what a debugger reads.
std::string code_for(int architecture) {
    const std::string text = compiled_text("fused", architecture);
    const std::size_t first = text.find(".address_size");
    return text.substr(first, text.find("\n\t.section") - first);
}

TEST_P(FusedOnPtx, AFullStepAndARaggedOneAreRight) {
    if (GetParam().architecture == 90 && code_for(90) == code_for(80)) {
        std::printf("  the code for compute_90 is that for compute_80: what holds for it holds here\n");
        return;
    }
    const State start = problem_.trained(0);
    const auto fused = problem_.engine("fused"), truth = problem_.engine("truth");
    fused->set_state(start);
    truth->set_state(start);
    device_.forget_profiles();  // of the engine's start
    for (const char* step : {"full", "ragged"}) {
        SCOPED_TRACE(step);
        fused->run(1);
        truth->run(1);
        expect_near(fused->state(), truth->state());
    }
    expect_the_right_cut();
    if (!GetParam().goes_on) return;
    EXPECT_EQ(problem_.after("fused", start, 2).parameters, fused->state().parameters)
        << "a run that was stopped between its steps has other bits";
}

std::string name_of(const testing::TestParamInfo<FusedCase>& info) {
    return info.param.name;
}

/// For a test run of everybody: only one of the cuts is run twice.
FusedCase quick(int architecture) {
    FusedCase c{"compute_" + std::to_string(architecture), architecture};
    c.goes_on = architecture == 80;
    return c;
}
INSTANTIATE_TEST_SUITE_P(Quick, FusedOnPtx, testing::Values(quick(75), quick(80), quick(90)), name_of);

/// Batches of other sizes, and every activation, for both cuts. Without tensor cores a step takes four times as long
/// here, so that less is done twice.
std::vector<FusedCase> long_cases() {
    using ae::Activation;
    constexpr auto relu = Activation::relu, tanh = Activation::tanh, linear = Activation::linear;
    std::vector<FusedCase> cases{{"small_blocks_batches_of_17", 75, 17, 1, relu, relu, false},
                                 {"small_blocks_tanh_linear", 75, 48, 17, tanh, linear, false},
                                 {"small_blocks_linear_tanh", 75, 32, 1, linear, tanh, false},
                                 {"tensor_cores_batches_of_17", 80, 17, 1, relu, relu, true},
                                 {"tensor_cores_tanh_linear", 80, 256, 96, tanh, linear, true},
                                 {"tensor_cores_linear_tanh", 80, 256, 17, linear, tanh, true}};
    for (FusedCase& c : cases) c.most_error = kMostErrorOfSmallSums;
    return cases;
}
INSTANTIATE_TEST_SUITE_P(Long, FusedOnPtx, testing::ValuesIn(long_cases()), name_of);

/// A program that was built for compute_75 alone, on a Hopper, where the engine `fused` would ask the device and not
/// the code. That it asks the code is shown by compute_75 above: the device is a Hopper for all.
class WrongCutOnPtx : public testing::Test {
protected:
    /// What a step says where the engine takes the cut for tensor cores, whose kernels are empty in this code.
    template <typename E>
    std::string error_of_empty_kernels() {
        load_code_for(80);
        try {
            problem_.engine("fused")->run(1);
        } catch (const E& error) {
            return error.what();
        }
        return "";
    }

    FusedProblem problem_{17, 1};
    Device device_{compiled_for(75)};
};

TEST_F(WrongCutOnPtx, IsSeenByTheInterpreterAtTheFirstKernel) {
    EXPECT_THAT(error_of_empty_kernels<Error>(),
                AllOf(HasSubstr("wrote nothing"), HasSubstr("fused_gather_kernel<MnistNet"), HasSubstr("sm_75")));
}

TEST_F(WrongCutOnPtx, IsAnErrorOfTheEngineAndNoQuietRun) {
    device_.let_kernels_idle();
    EXPECT_THAT(error_of_empty_kernels<ae::GpuError>(), HasSubstr("the clock on the device stands at step 0"));
}

}  // namespace
}  // namespace ptx
