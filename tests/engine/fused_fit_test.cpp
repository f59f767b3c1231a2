// The settings that the engine `fused` supports, and its refusals of the others.
#include <gmock/gmock.h>

#include "ae/error.h"
#include "compare.h"
#include "engine/gpu.h"

namespace ae::test {
namespace {

using testing::HasSubstr;

class FusedFit : public testing::Test {
protected:
    Settings settings_;
    EngineOptions options_;

    std::string why_not() const { return why_not_fused(settings_, options_); }
};

TEST_F(FusedFit, TheDefaultsFit) {
    EXPECT_EQ(why_not(), "");
}

TEST_F(FusedFit, SoDoOtherBatchesAndActivations) {
    settings_.batch_size = 1;
    settings_.activation = settings_.code_activation = Activation::tanh;
    settings_.adam.decay = Decay::cosine;
    EXPECT_EQ(why_not(), "");
}

TEST_F(FusedFit, NamesWhatDoesNot) {
    settings_.shape = Shape({784, 32, 784});
    EXPECT_THAT(why_not(), HasSubstr("784-128-64-128-784, this network is 784-32-784"));
    settings_ = Settings();
    settings_.batch_size = 257;
    EXPECT_THAT(why_not(), HasSubstr("at most 256 images, not 257"));
    settings_ = Settings();
    settings_.noise = Noise::parse("gaussian:0.3");
    EXPECT_THAT(why_not(), HasSubstr("without noise, not with gaussian:0.3"));
    settings_ = Settings();
    settings_.loss = Loss::mse;
    EXPECT_THAT(why_not(), HasSubstr("its kernels compute bce, not mse"));
    settings_ = Settings();
    options_.math = Precision::tf32;
    EXPECT_THAT(why_not(), HasSubstr("it computes in fp32"));
}

TEST_F(FusedFit, AskingForItAnywaySaysSo) {
    settings_.batch_size = 257;
    const Dataset data = random_dataset(300, 1, 28, 28);
    try {
        (void)make_engine("fused", settings_, options_, data);
        ADD_FAILURE() << "an engine was made";
    } catch (const UsageError& e) {
        EXPECT_THAT(e.what(), HasSubstr("engine fused: it takes batches of at most 256 images"));
        EXPECT_THAT(e.what(), HasSubstr("; use --engine "));
    }
}

}  // namespace
}  // namespace ae::test
