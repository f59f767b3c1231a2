// ae_cuda sweep on an emulated GPU: models that are trained side by side end as those that are trained alone.
#include <gmock/gmock.h>

#include <thread>

#include "ae/model.h"
#include "program.h"

namespace ae::emulated_sweep_test {
using namespace test;
namespace {

using testing::HasSubstr;
using testing::Not;

using Words = std::vector<std::string>;

class SweepOnGpu : public testing::Test {
protected:
    void SetUp() override { write_idx_folder(here() / "data", 30, 10, 4); }

    fs::path here() const { return folder_.path(); }
    Answer run(const Words& words) const { return run_program(words, here()); }

    static Words with_data(Words words, const Words& more) {
        for (const char* word : {"--data", "data", "--layers", "16-8-16", "--batch-size", "8"})
            words.emplace_back(word);
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    Answer sweep(const Words& more) const { return run(with_data({"sweep", "--engine", "cublas"}, more)); }

    std::vector<float> parameters(const fs::path& run_folder) const {
        return load_model(here() / run_folder / "model.safetensors").parameters;
    }
    std::string results(const std::string& folder) const { return results_of_sweep(here() / folder); }

    TemporaryFolder folder_;
};

TEST_F(SweepOnGpu, ModelsSideBySideAreThoseOfSingleRuns) {
    const Words rates{"0.001", "0.02"}, noises{"none", "gaussian:0.3"};
    const Answer answer = sweep({"--lr", "0.001,0.02", "--noise", "none,gaussian:0.3", "--seeds", "2", "--epochs", "3",
                                 "--together", "yes", "--keep", "all", "--out", "s"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("models of one shape side by side"));
    int model = 1;
    for (const char* seed : {"42", "43"})
        for (const std::string& rate : rates)
            for (const std::string& noise : noises) {
                const std::string alone = "alone" + std::to_string(model);
                const Answer one = run(
                    with_data({"train", "--engine", "cublas"}, {"--lr", rate, "--noise", noise, "--seed", seed,
                                                                "--epochs", "3", "--keep", "last", "--out", alone}));
                ASSERT_EQ(one.code, 0) << one.err;
                EXPECT_EQ(parameters(fs::path("s") / "models" / ("000" + std::to_string(model++))), parameters(alone))
                    << seed << ", " << rate << ", " << noise;
            }
}

TEST_F(SweepOnGpu, HalvingSideBySideEndsAsOneAfterTheOther) {
    const Words options{"--lr", "log:1e-4..1e-1:6", "--seeds", "2", "--epochs", "5", "--halving", "2"};
    Words together = options, apart = options;
    for (const char* word : {"--together", "yes", "--out", "together"}) together.emplace_back(word);
    for (const char* word : {"--together", "no", "--out", "apart"}) apart.emplace_back(word);
    const Answer a = sweep(together), b = sweep(apart);
    ASSERT_EQ(a.code, 0) << a.err;
    ASSERT_EQ(b.code, 0) << b.err;
    EXPECT_THAT(b.err, HasSubstr("one model after the other"));
    EXPECT_EQ(results("together"), results("apart"));
    EXPECT_THAT(results("apart"), HasSubstr("dropped"));
}

TEST_F(SweepOnGpu, ModelsOfOtherShapesHaveGroupsOfTheirOwn) {
    const Answer together =
                     sweep({"--code", "2,4", "--seeds", "2", "--epochs", "2", "--together", "yes", "--out", "a"}),
                 apart = sweep({"--code", "2,4", "--seeds", "2", "--epochs", "2", "--together", "no", "--out", "b"});
    ASSERT_EQ(together.code, 0) << together.err;
    ASSERT_EQ(apart.code, 0) << apart.err;
    EXPECT_EQ(results("a"), results("b"));
}

TEST_F(SweepOnGpu, AModelThatDivergesIsARowAndTheOthersGoOn) {
    const Answer answer =
        sweep({"--lr", "0.001,1e30", "--seeds", "2", "--epochs", "4", "--together", "yes", "--out", "s"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("diverged: the loss of epoch"));
    EXPECT_THAT(results("s"), HasSubstr("diverged"));
    EXPECT_THAT(results("s"), HasSubstr("done"));
}

TEST_F(SweepOnGpu, StoppedAndResumedItEndsAsIfNeverStopped) {
    const Words options{"--lr", "0.001,0.01,0.02", "--seeds", "2", "--epochs", "24", "--together", "yes"};
    Words whole = options, part = options;
    for (const char* word : {"--out", "whole"}) whole.emplace_back(word);
    for (const char* word : {"--out", "part"}) part.emplace_back(word);
    ASSERT_EQ(sweep(whole).code, 0);
    Program stopped(with_data({"sweep", "--engine", "cublas"}, part), here());
    for (int i = 0; i < 6000 && !fs::exists(here() / "part" / "sweep.json"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stopped.kill(SIGINT);
    const Answer first = stopped.wait();
    EXPECT_EQ(first.code, 130) << first.err;
    EXPECT_TRUE(fs::exists(here() / "part" / "checkpoints" / "0001.safetensors")) << "what was trained is lost";
    const Answer rest = run({"sweep", "--resume", "part"});
    ASSERT_EQ(rest.code, 0) << rest.err;
    EXPECT_EQ(results("part"), results("whole"));
}

TEST_F(SweepOnGpu, TimesBothWaysAndTellsWhichItTakes) {
    const Answer answer = sweep({"--seeds", "3", "--epochs", "2", "--out", "s"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("together 3 models "));
    EXPECT_THAT(answer.err, HasSubstr("µs alone"));
    const Answer apart = sweep({"--seeds", "3", "--epochs", "2", "--together", "no", "--out", "apart"});
    EXPECT_THAT(apart.err, Not(HasSubstr("together 3 models ")));
    EXPECT_EQ(results("s"), results("apart"));
}

TEST_F(SweepOnGpu, RefusesInOneLine) {
    const Answer odd = sweep({"--together", "perhaps"});
    EXPECT_EQ(odd.code, 2);
    EXPECT_THAT(odd.err, HasSubstr("--together: 'perhaps' is none of auto, yes and no"));
    const Answer early = sweep({"--together", "yes", "--early-stop", "2"});
    EXPECT_EQ(early.code, 2);
    EXPECT_THAT(early.err, HasSubstr("--together yes: with --early-stop"));
}

}  // namespace
}  // namespace ae::emulated_sweep_test
