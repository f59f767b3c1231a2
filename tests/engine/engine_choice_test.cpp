// The choice of `auto`: the losses that are trusted, and the fastest engine of those.
#include "engine/engine_choice.h"

#include <gtest/gtest.h>

#include <limits>

#include "ae/error.h"

namespace ae {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

using Choice = std::map<int, std::string>;
using Timings = std::vector<EngineTiming>;

/// A loss that differs from the CPU's by a share of it.
Timings timings_with_loss_off_by(double share) {
    return {{"cpu", 256, 0.25, 900}, {"cublas", 256, 0.25, 90}, {"fused", 256, 0.25 * (1 + share), 30}};
}

TEST(LossesAgree, ButForRounding) {
    for (const double sign : {-1.0, 1.0}) {
        EXPECT_TRUE(losses_agree(0.25 * (1 + sign * 0.9e-4), 0.25, Precision::fp32));
        EXPECT_FALSE(losses_agree(0.25 * (1 + sign * 1.1e-4), 0.25, Precision::fp32));
        for (const Precision math : {Precision::tf32, Precision::bf16}) {
            EXPECT_TRUE(losses_agree(0.25 * (1 + sign * 1.9e-2), 0.25, math));
            EXPECT_FALSE(losses_agree(0.25 * (1 + sign * 2.1e-2), 0.25, math));
        }
    }
    EXPECT_TRUE(losses_agree(0.25, 0.25, Precision::fp32));
}

TEST(LossesAgree, NeverWhereEitherIsNoNumber) {
    for (const double none : {kNaN, kInfinity, -kInfinity}) {
        EXPECT_FALSE(losses_agree(none, 0.25, Precision::bf16)) << none;
        EXPECT_FALSE(losses_agree(0.25, none, Precision::bf16)) << none;
        EXPECT_FALSE(losses_agree(none, none, Precision::bf16)) << none;
    }
}

TEST(ReferenceOf, IsTheFirstTimingOfTheSameBatchSize) {
    const Timings timings{{"cpu", 64, 1, 1}, {"cublas", 64, 2, 1}, {"cublaslt", 256, 3, 1}, {"fused", 256, 4, 1}};
    for (const std::size_t i : {0u, 1u}) EXPECT_EQ(&reference_of(timings, timings[i]), &timings[0]);
    for (const std::size_t i : {2u, 3u}) EXPECT_EQ(&reference_of(timings, timings[i]), &timings[2]);
}

TEST(FastestAgreeing, IsTheFastestWhereAllAgree) {
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(0), Precision::fp32), Choice({{256, "fused"}}));
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(5e-5), Precision::fp32), Choice({{256, "fused"}}));
}

TEST(FastestAgreeing, IsNeverOneThatDisagreesHoweverFast) {
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(1e-3), Precision::fp32), Choice({{256, "cublas"}}));
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(-1e-3), Precision::fp32), Choice({{256, "cublas"}}));
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(kNaN), Precision::fp32), Choice({{256, "cublas"}}));
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(kInfinity), Precision::fp32), Choice({{256, "cublas"}}));
}

TEST(FastestAgreeing, AllowsRoundedProductsMore) {
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(1e-2), Precision::fp32), Choice({{256, "cublas"}}));
    EXPECT_EQ(fastest_agreeing(timings_with_loss_off_by(1e-2), Precision::bf16), Choice({{256, "fused"}}));
}

TEST(FastestAgreeing, IsNeverTheCpu) {
    EXPECT_EQ(fastest_agreeing({{"cpu", 256, 0.25, 1}, {"cublas", 256, 0.25, 90}}, Precision::fp32),
              Choice({{256, "cublas"}}));
    EXPECT_EQ(fastest_agreeing({{"cpu", 256, 0.25, 1}, {"truth", 256, 0.25, 1}}, Precision::fp32), Choice());
    EXPECT_EQ(fastest_agreeing({}, Precision::fp32), Choice());
}

TEST(FastestAgreeing, IsNoneWhereNoneAgreesOrTheReferenceIsNoNumber) {
    EXPECT_EQ(fastest_agreeing({{"cpu", 256, 0.25, 900}, {"cublas", 256, 0.5, 90}}, Precision::fp32), Choice());
    for (const double loss : {kNaN, kInfinity})
        EXPECT_EQ(fastest_agreeing({{"cpu", 256, loss, 900}, {"cublas", 256, 0.25, 90}, {"fused", 256, loss, 30}},
                                   Precision::fp32),
                  Choice());
}

TEST(FastestAgreeing, IsTheMoreGeneralOfTwoThatAreEquallyFast) {
    EXPECT_EQ(fastest_agreeing({{"cpu", 256, 0.25, 900}, {"cublas", 256, 0.25, 30}, {"fused", 256, 0.25, 30}},
                               Precision::fp32),
              Choice({{256, "cublas"}}));
}

TEST(FastestAgreeing, IsChosenForEachBatchSizeAlone) {
    const Timings timings{{"cpu", 64, 0.3, 300},     {"cublas", 64, 0.3, 40},   {"fused", 64, 0.3, 20},
                          {"cpu", 256, 0.25, 900},   {"cublas", 256, 0.25, 90}, {"fused", 256, 0.3, 30},  // of 64
                          {"cpu", 1024, 0.22, 3000}, {"cublas", 1024, 0.4, 200}};
    EXPECT_EQ(fastest_agreeing(timings, Precision::fp32), Choice({{64, "fused"}, {256, "cublas"}}));
}

TEST(FastestAgreeing, RefusesAnEngineThatThereIsNot) {
    EXPECT_THROW((void)fastest_agreeing({{"cpu", 256, 0.25, 900}, {"tpu", 256, 0.25, 1}}, Precision::fp32), UsageError);
}

TEST(GpuEnginesFor, AreThoseThatCanTrainItTheMostGeneralFirst) {
    const Settings usual;
    Settings wide = usual, noisy = usual, large = usual;
    wide.shape = Shape({784, 256, 784});
    noisy.noise = {NoiseKind::mask, 0.5f, 0.5f};
    large.batch_size = 257;
    const std::vector<std::string> general{"cublas", "cublaslt"}, all{"cublas", "cublaslt", "fused"};
    EXPECT_EQ(gpu_engines_for(usual, {}), all);
    EXPECT_EQ(gpu_engines_for(usual, {.math = Precision::tf32}), general);
    for (const Settings& settings : {wide, noisy, large}) EXPECT_EQ(gpu_engines_for(settings, {}), general);
}

}  // namespace
}  // namespace ae
