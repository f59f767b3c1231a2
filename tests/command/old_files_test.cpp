// Files of before are read as ever: tests/golden/run_0.1 is what version 0.1 (commit 041ddba) left, beside its images,
// of
//   ae_cuda --data data --layers 36-6-3-6-36 --epochs 9 --batch-size 4 --lr 0.02 --digits 0-1 --val split:0.4
//   ae_cuda anomaly fit model.safetensors data:train --digits 0-1 --false-alarm-rate 0.2 -o guard.safetensors
// with --engine cpu --threads 1; the figures here are those that the same program told.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "ae/checkpoint.h"
#include "file/npy.h"
#include "program.h"

namespace ae::old_files_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class OldFiles : public testing::Test {
protected:
    OldFiles() { fs::copy(AE_SOURCE_DIR "/tests/golden/run_0.1", here() / "old", fs::copy_options::recursive); }

    fs::path here() const { return folder_.path(); }
    Answer run(const Words& words) const { return run_program_well(on_one_thread(words), here()); }
    json document(Words words) const {
        words.push_back("--json");
        return json::parse(run(std::move(words)).out);
    }
    EpochRecord last_epoch(const std::string& run_folder) const {
        return load_checkpoint(here() / run_folder / "checkpoint.safetensors").history.back();
    }

    TemporaryFolder folder_;
};

TEST_F(OldFiles, AModelIsAsGoodAsItWas) {
    for (const char* file : {"old", "old/model.safetensors", "old/checkpoint.safetensors"}) {
        const json measured = document({"eval", file, "--data", "old/data"});
        EXPECT_EQ(measured.at("data"), "data, labels 0-1") << file;
        EXPECT_EQ(measured.at("images"), 12);
        EXPECT_NEAR(measured.at("bce").get<double>(), 0.1120776, 1e-6) << file;
        EXPECT_NEAR(measured.at("mse").get<double>(), 0.0031999, 1e-6) << file;
    }
    const json held_out = document({"eval", "old", "--data", "old/data", "--split", "val"});
    EXPECT_EQ(held_out.at("images"), 17);
    EXPECT_NEAR(held_out.at("bce").get<double>(), 0.1093531, 1e-6);
}

TEST_F(OldFiles, AModelServesEveryCommand) {
    run({"reconstruct", "old", "--data", "old/data", "-o", "images.npy"});
    EXPECT_EQ(read_npy(here() / "images.npy").shape, (std::vector<std::uint64_t>{12, 6, 6}));
    run({"report", "old", "--data", "old/data", "-o", "page.html"});
    EXPECT_THAT(content_of(here() / "page.html"), HasSubstr("<polyline")) << "the history of its epochs";
    EXPECT_EQ(
        document({"anomaly", "fit", "old", "--data", "old/data", "--false-alarm-rate", "0.2", "-o", "new.safetensors"})
            .at("held_out"),
        17);
    const json scored = document({"anomaly", "score", "old/guard.safetensors", "old/data:test"});
    EXPECT_NEAR(scored.at("threshold").get<double>(), 1.7058823, 1e-6);
    EXPECT_EQ(scored.at("normal"), 9);
    EXPECT_EQ(scored.at("anomalous"), 11);
}

TEST_F(OldFiles, ARunGoesOnAsItWouldHave) {
    run({"--resume", "old", "--data", "old/data", "--epochs", "10"});
    EXPECT_EQ(last_epoch("old").epoch, 10);
    EXPECT_NEAR(last_epoch("old").loss, 0.1084592, 1e-5);
    EXPECT_NEAR(last_epoch("old").val_loss, 0.1098905, 1e-5);
}

TEST_F(OldFiles, AModelIsTheFirstOfAnother) {
    for (const char* file : {"old/model.safetensors", "old/checkpoint.safetensors", "old/guard.safetensors"}) {
        const Answer answer = run({"--init", file, "--data", "old/data", "--digits", "0-1", "--val", "split:0.4",
                                   "--lr", "1e-9", "--batch-size", "4", "--epochs", "1", "--out", "next", "--force"});
        EXPECT_THAT(answer.err, HasSubstr(std::string("init     the weights of ") + file +
                                          "; new: learning rate 1e-09 (was 0.02)\n"));
        EXPECT_NEAR(last_epoch("next").val_loss, 0.1093531, 1e-6) << file;
    }
}

/// Its keys were no options yet.
TEST_F(OldFiles, AConfigurationIsRefusedInOneLine) {
    const Answer answer = run_program({"--config", "old/config.json", "--out", "again"}, here());
    EXPECT_EQ(answer.code, 2);
    EXPECT_EQ(answer.err.find('\n'), answer.err.size() - 1);
    EXPECT_THAT(answer.err, HasSubstr("old/config.json: 'settings' is neither"));
}

}  // namespace
}  // namespace ae::old_files_test
