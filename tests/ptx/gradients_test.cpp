// Gradients of the engine `fused` on tensor cores that cut sums off, as those of Ampere and Hopper do, against those of
// a library that sums in fp32: both held against double.
#include <gtest/gtest.h>

#include "compiled.h"
#include "device.h"
#include "fused_problem.h"
#include "sgemm_step.h"

namespace ptx {
namespace {

using ae::test::relative_l2;

constexpr int kParts = 6;            ///< in which the library sums
constexpr double kMostError = 4e-7;  ///< of a tensor, relative, Frobenius

struct GradientCase {
    const char* name;
    Rounding rounding;
    std::uint64_t step;  ///< 0: of 256 rows, 1: of 96
    double most_times;   ///< the library's error
};

void PrintTo(const GradientCase& c, std::ostream* out) {
    *out << c.name;
}

class GradientsOnPtx : public testing::TestWithParam<GradientCase> {
protected:
    /// The batch of a step, as the network sees it.
    std::vector<float> images(std::uint64_t step) const {
        const ae::Order order{problem_.settings.seed, static_cast<std::uint32_t>(problem_.data.train.count),
                              static_cast<std::uint32_t>(problem_.settings.batch_size)};
        std::vector<float> batch;
        for (std::uint32_t row = 0; row < order.rows(step); ++row) {
            const std::vector<float> one = problem_.data.train.floats(static_cast<int>(order.image(step, row)), 1);
            batch.insert(batch.end(), one.begin(), one.end());
        }
        return batch;
    }

    FusedProblem problem_;
};

TEST_P(GradientsOnPtx, AreAsExactAsALibrarys) {
    const auto& [name, rounding, step, most_times] = GetParam();
    load_code_for(80);
    const ae::State start = problem_.trained(step);
    std::vector<float> sgemm = sgemm_gradient(problem_.settings.shape, start.parameters, images(step), kParts);
    for (float& g : sgemm) g *= 0.1f;  // as m, of which it is 1 − β1
    Device device(compiled_for(80), rounding);
    const ae::State fused = problem_.after("fused", start), truth = problem_.after("truth", start);
    for (const Tensor& t : tensors(problem_.settings.shape)) {
        const double error = relative_l2(t.of(fused.m), t.of(truth.m)),
                     of_sgemm = relative_l2(t.of(sgemm), t.of(truth.m));
        std::printf("  d%s  fused %.1e  sgemm %.1e  ratio %.2f\n", t.name.c_str(), error, of_sgemm, error / of_sgemm);
        EXPECT_LE(error, kMostError) << t.name;
        EXPECT_LE(error, most_times * of_sgemm) << t.name;
    }
}

std::string name_of(const testing::TestParamInfo<GradientCase>& info) {
    return info.param.name;
}

// Sums cut off within the tensor cores would have 3.5 times the library's error on Hopper's, 5.6 times on Ampere's.
constexpr double kTimes = 2;

INSTANTIATE_TEST_SUITE_P(Roundings, GradientsOnPtx,
                         testing::Values(GradientCase{"exact_full", Rounding::exact, 0, kTimes},
                                         GradientCase{"ampere_full", Rounding::ampere, 0, kTimes},
                                         GradientCase{"hopper_full", Rounding::hopper, 0, kTimes},
                                         GradientCase{"ampere_ragged", Rounding::ampere, 1, kTimes},
                                         GradientCase{"hopper_ragged", Rounding::hopper, 1, kTimes}),
                         name_of);

}  // namespace
}  // namespace ptx
