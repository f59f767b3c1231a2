// anomaly fit, score and eval, started as a user starts them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "file/npy.h"
#include "file/picture.h"
#include "file/png_reader.h"
#include "picture_text.h"
#include "program.h"

namespace ae::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int kTrainingImages = 3000, kTestImages = 1000, kSide = 8;
constexpr const char* kLayers = "64-32-6-32-64";
const std::vector<std::string> kScores{"mse",         "mse-ink", "kl",     "knn",     "knn-cosine",
                                       "mahalanobis", "local",   "cosine", "combined"};

class AnomalyCommand : public testing::Test {
protected:
    /// A model trained on blocks, and the same with thresholds.
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        write_idx_folder(here() / "data", kTrainingImages, kTestImages, kSide);
        ASSERT_EQ(run({"train", "--data", "data", "--layers", kLayers, "--batch-size", "32", "--engine", "cpu",
                       "--threads", "1", "--epochs", "4", "--val", "split:0.1", "--out", "run"})
                      .code,
                  0);
        const Answer fitted = run({"anomaly", "fit", "run", "-o", "guard.safetensors", "--engine", "cpu", "--json"});
        ASSERT_EQ(fitted.code, 0) << fitted.err;
        fit_report_ = json::parse(fitted.out);
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static Answer run(const std::vector<std::string>& arguments) { return run_program(arguments, here()); }
    static Answer run_well(const std::vector<std::string>& arguments) {
        return run_program_well(on_one_thread(arguments), here());
    }
    static json run_for_json(std::vector<std::string> arguments) {
        arguments.push_back("--json");
        return json::parse(run_well(arguments).out);
    }

    /// Shares; the area under a curve that reaches 95 % of the anomalies where `fpr95` says, and no sooner; about the
    /// false alarms that were asked for, of some 90 images held out.
    static void expect_measures_that_fit(const json& measures, const std::string& name) {
        for (const std::size_t label : {0u, 1u}) {
            const double auroc = measures.at("auroc").at("labels")[label],
                         auprc = measures.at("auprc").at("labels")[label],
                         fpr95 = measures.at("fpr95").at("labels")[label];
            EXPECT_TRUE(fpr95 >= 0 && fpr95 <= 1) << name << ' ' << fpr95;
            EXPECT_TRUE(auprc > 0 && auprc <= 1) << name << ' ' << auprc;
            EXPECT_GE(auroc, 0.95 * (1 - fpr95)) << name;
            EXPECT_LE(auroc, 1 - 0.05 * fpr95 + 0.02) << name;
        }
        EXPECT_NEAR(measures.at("false_alarms").at("mean").get<double>(), 0.05, 0.045) << name;
    }

    /// Noise, a black image and a block: what a detector of blocks must tell apart.
    static void write_odd_images() {
        std::vector<float> images(3 * kSide * kSide);
        std::mt19937 random(5);
        for (int p = 0; p < kSide * kSide; ++p) images[static_cast<std::size_t>(p)] = static_cast<float>(random() % 2);
        for (int r = 2; r <= 4; ++r)
            for (int c = 0; c < 4; ++c) images[static_cast<std::size_t>(2 * 64 + r * kSide + c)] = 0.75f;
        put(here() / "odd.npy", serialize_npy(images, std::vector<std::uint64_t>{3, kSide, kSide}));
    }

    static inline TemporaryFolder* folder_ = nullptr;
    static inline json fit_report_;
};

TEST_F(AnomalyCommand, FitSaysWhatItDid) {
    EXPECT_EQ(fit_report_.at("score"), "combined");
    EXPECT_EQ(fit_report_.at("reference"), 2700);
    EXPECT_EQ(fit_report_.at("held_out"), 300);
    EXPECT_EQ(fit_report_.at("normal"), "3000 of data (training images)");
    const json eager = run_for_json({"anomaly", "fit", "run", "-o", "eager.safetensors", "--false-alarm-rate", "0.2"});
    for (const std::string& score : kScores) {
        const double threshold = eager.at("thresholds").at(score);
        EXPECT_GT(threshold, 0) << score;
        EXPECT_LT(threshold, fit_report_.at("thresholds").at(score))
            << score << ": more false alarms, a lower threshold";
    }
    EXPECT_THAT(run_well({"anomaly", "fit", "run", "-o", "other.safetensors"}).out,
                HasSubstr("thresholds for 5 % false alarms"));
}

/// Two standard deviations of the rate over draws of the images held out: few leave it wide open.
TEST_F(AnomalyCommand, FitSaysHowCloselyTheImagesHeldOutVouchForTheRate) {
    for (const auto& [share, says] :
         {std::pair("0.3", "thresholds for 5 % false alarms; 300 held-out images vouch for that to about ± 3 %\n"),
          std::pair("0.03", "thresholds for 5 % false alarms; 30 held-out images vouch for that to about ± 6 %\n"),
          std::pair("0.019", "thresholds for 5 % false alarms; 19 held-out images vouch for that to about ± 10 %\n")})
        EXPECT_THAT(run_well({"anomaly", "fit", "run", "data", "-o", "vouched.safetensors", "--hold-out", share}).out,
                    HasSubstr(says));
}

/// In the order that README's table has, on a person's own data: the preset holds out what fit needs.
TEST_F(AnomalyCommand, ThePresetHoldsOutATenthForTheThresholds) {
    const std::string said =
        run_well({"--preset", "anomaly", "--data", "data", "--epochs", "1", "--out", "preset"}).err;
    EXPECT_THAT(said, HasSubstr("images   2700 to train on, 300 to validate on"));
    EXPECT_THAT(said, HasSubstr("model    64-128-8-128-64"));
    EXPECT_EQ(json::parse(content_of(here() / "preset/config.json")).at("val"), "split:0.1");
    const json fitted = run_for_json({"anomaly", "fit", "preset", "-o", "preset.safetensors"});
    EXPECT_EQ(fitted.at("reference"), 2700);
    EXPECT_EQ(fitted.at("held_out"), 300);
    write_odd_images();
    EXPECT_EQ(run_for_json({"anomaly", "score", "preset.safetensors", "odd.npy"}).at("results").size(), 3u);
}

TEST_F(AnomalyCommand, UnseenNormalImagesGiveAsManyFalseAlarmsAsAskedFor) {
    for (const std::string& score : kScores) {
        const json report = run_for_json({"anomaly", "score", "guard.safetensors", "data", "--score", score});
        ASSERT_EQ(report.at("images"), kTestImages);
        // the error of 300 held-out and 1000 unseen images has a standard deviation of 1.4 %
        EXPECT_NEAR(report.at("anomalous").get<double>() / kTestImages, 0.05, 0.035) << score;
        EXPECT_EQ(report.at("threshold"), fit_report_.at("thresholds").at(score));
    }
}

TEST_F(AnomalyCommand, EveryImageHasAVerdict) {
    write_odd_images();
    const json report = run_for_json({"anomaly", "score", "guard.safetensors", "odd.npy"});
    const json& results = report.at("results");
    ASSERT_EQ(results.size(), 3u);
    EXPECT_EQ(results[0].at("verdict"), "anomalous");
    EXPECT_LT(results[0].at("p").get<double>(), 0.05);
    EXPECT_EQ(results[1].at("verdict"), "too dark");
    EXPECT_EQ(results[2].at("verdict"), "normal");
    EXPECT_EQ(results[2].at("name"), "2");
    EXPECT_EQ(report.at("anomalous"), 1);
    EXPECT_EQ(report.at("too_dark"), 1);
    const std::string table = run_well({"anomaly", "score", "guard.safetensors", "odd.npy"}).out;
    EXPECT_THAT(table, HasSubstr("too dark\n"));
    EXPECT_THAT(table, HasSubstr("3 images: 1 normal, 1 anomalous (33.33 %), 1 too dark; "));
}

TEST_F(AnomalyCommand, QuietLeavesTheSummary) {
    write_odd_images();
    const std::string summary = run_well({"anomaly", "score", "guard.safetensors", "odd.npy", "--quiet"}).out;
    EXPECT_THAT(summary, testing::StartsWith("3 images: 1 normal"));
    EXPECT_THAT(run_well({"anomaly", "score", "guard.safetensors", "odd.npy"}).out,
                testing::EndsWith("\n\n" + summary));
}

TEST_F(AnomalyCommand, ErrorMapsAreAPictureOrAFolder) {
    write_odd_images();
    run_well({"anomaly", "score", "guard.safetensors", "odd.npy", "--error-maps", "maps.png"});
    const Picture all = parse_png_in_colour(content_of(here() / "maps.png"), "maps.png", 0, 10'000'000);
    EXPECT_GT(all.height, 3 * 112) << "image, reconstruction, error";
    EXPECT_TRUE(has_colour(all)) << "what is missing and what is invented";
    run_well({"anomaly", "score", "guard.safetensors", "odd.npy", "--error-maps", "maps"});
    EXPECT_EQ(files_in(here() / "maps"), 3u);
    const Picture map = read_png(here() / "maps/0.png");
    EXPECT_EQ(map.width, kSide);
    fs::create_directories(here() / "pictures");
    for (const char* name : {"a.png", "b.png"}) fs::copy_file(here() / "maps/0.png", here() / "pictures" / name);
    const json report = run_for_json({"anomaly", "score", "guard.safetensors", "pictures", "--error-maps", "named"});
    EXPECT_EQ(report.at("results")[1].at("name"), "b.png");
    EXPECT_TRUE(fs::exists(here() / "named/b.png"));
}

TEST_F(AnomalyCommand, APictureOfErrorMapsHasScoreAndNameOfTheHighest) {
    const json report = run_for_json(
        {"anomaly", "score", "guard.safetensors", "data/t10k-images-idx3-ubyte", "--error-maps", "highest.png"});
    const Picture maps = parse_png_in_colour(content_of(here() / "highest.png"), "highest.png", 0, 10'000'000);
    std::vector<json> results = report.at("results");
    std::ranges::stable_sort(results, std::greater(),
                             [](const json& result) { return result.at("score").get<double>(); });
    const auto caption = [&](std::size_t place) {
        return fmt::format("{:.4g}\n{}", results[place].at("score").get<float>(),
                           results[place].at("name").get<std::string>());
    };
    for (const std::size_t place : {0u, 1u, 10u, 19u}) EXPECT_TRUE(has_text(maps, caption(place))) << caption(place);
    EXPECT_FALSE(has_text(maps, caption(100)));
}

TEST_F(AnomalyCommand, FitTakesTheLabelsAskedFor) {
    const json report = run_for_json({"anomaly", "fit", "run", "-o", "few.safetensors", "--digits", "1,3",
                                      "--false-alarm-rate", "0.1", "--score", "knn"});
    EXPECT_THAT(report.at("normal").get<std::string>(), HasSubstr("labels 1,3"));
    EXPECT_NEAR(report.at("held_out").get<double>(), 60, 20);
    const json scored = run_for_json({"anomaly", "score", "few.safetensors", "data"});
    EXPECT_EQ(scored.at("score"), "knn");
    EXPECT_EQ(scored.at("false_alarm_rate"), 0.1);
    EXPECT_GT(scored.at("anomalous").get<double>(), 0.5 * kTestImages) << "blocks in other places";
}

TEST_F(AnomalyCommand, FitFindsAgainWhatTheTrainingHeldOut) {
    ASSERT_EQ(run({"train", "--data", "data", "--layers", kLayers, "--batch-size", "32", "--engine", "cpu", "--epochs",
                   "1", "--digits", "0-4", "--val", "split:0.25", "--out", "split"})
                  .code,
              0);
    const json report = run_for_json({"anomaly", "fit", "split", "-o", "guard2.safetensors"});
    EXPECT_THAT(report.at("normal").get<std::string>(), HasSubstr("labels 0-4"));
    EXPECT_NEAR(report.at("held_out").get<double>() / report.at("reference").get<double>(), 1.0 / 3, 0.01);
    const json asked = run_for_json(
        {"anomaly", "fit", "split", "data:train", "-o", "guard3.safetensors", "--digits", "5", "--hold-out", "0.5"});
    EXPECT_NEAR(asked.at("held_out").get<double>() / asked.at("reference").get<double>(), 1, 0.01);
}

// Scores of images that a network has seen are too low: whoever sets thresholds by them gets many false alarms.
TEST_F(AnomalyCommand, FitRefusesImagesThatTheNetworkHasSeen) {
    const auto expect_refusal = [&](const std::vector<std::string>& arguments, const std::string& says) {
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, 2) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr(says));
        EXPECT_FALSE(fs::exists(here() / "seen.safetensors"));
    };
    ASSERT_EQ(
        run({"train", "--data", "data", "--layers", kLayers, "--engine", "cpu", "--epochs", "1", "--out", "all"}).code,
        0);
    expect_refusal({"anomaly", "fit", "all", "-o", "seen.safetensors"}, "Train with --val split:0.1");
    expect_refusal({"anomaly", "fit", "all", "data:train", "-o", "seen.safetensors"},
                   "was trained on 100 % of the images");
    fs::copy(here() / "data", here() / "copy");
    expect_refusal({"anomaly", "fit", "all", "--calibrate", "copy:train", "-o", "seen.safetensors"}, "--calibrate");
    expect_refusal({"anomaly", "fit", "run", "data:train", "-o", "seen.safetensors"},
                   "Leave INPUT and --calibrate out");
    const json report = run_for_json({"anomaly", "fit", "all", "--calibrate", "data", "-o", "others.safetensors"});
    EXPECT_EQ(report.at("reference"), kTrainingImages);
    EXPECT_EQ(report.at("held_out"), kTestImages);
}

TEST_F(AnomalyCommand, AModelWithThresholdsWorksWhereverAModelDoes) {
    EXPECT_EQ(run_for_json({"eval", "guard.safetensors", "--data", "data"}).at("mse"),
              run_for_json({"eval", "run", "--data", "data"}).at("mse"));
    run_well({"encode", "guard.safetensors", "data", "-o", "codes.npy"});
    run_well({"anomaly", "fit", "guard.safetensors", "-o", "again.safetensors"});
    EXPECT_EQ(run_well({"anomaly", "score", "again.safetensors", "data"}).out,
              run_well({"anomaly", "score", "guard.safetensors", "data"}).out);
}

TEST_F(AnomalyCommand, EvalGoesThroughLabelsAndProtocols) {
    const std::vector<std::string> command{"anomaly",      "eval",     "--data",     "data",     "--layers",
                                           kLayers,        "--epochs", "3",          "--digits", "0,7",
                                           "--batch-size", "32",       "--hold-out", "0.3",      "--quiet"};
    const json report = run_for_json(command);
    EXPECT_EQ(report.at("labels"), (std::vector<int>{0, 7}));
    for (const char* protocol : {"one-class", "leave-one-out"}) {
        const json& scores = report.at("protocols").at(protocol);
        ASSERT_EQ(scores.size(), kScores.size() + 1) << "and PCA";
        for (const auto& [name, measures] : scores.items()) {
            for (const char* measure : {"auroc", "auprc", "fpr95", "false_alarms"}) {
                const json& values = measures.at(measure);
                ASSERT_EQ(values.at("labels").size(), 2u) << name;
                EXPECT_NEAR(values.at("mean").get<double>(),
                            (values.at("labels")[0].get<double>() + values.at("labels")[1].get<double>()) / 2, 1e-12);
            }
            expect_measures_that_fit(measures, name);
        }
    }
    EXPECT_GT(report.at("protocols").at("one-class").at("knn").at("auroc").at("mean"), 0.95);
    EXPECT_LT(report.at("protocols").at("leave-one-out").at("mse").at("false_alarms").at("mean"), 0.15);
    EXPECT_EQ(report.at("complete"), true);
    EXPECT_FALSE(report.contains("left_out"));
    const std::string tables = run_well(command).out;
    EXPECT_THAT(tables, HasSubstr("one-class: trained on one label"));
    EXPECT_THAT(tables, HasSubstr("AUROC, %                0     7    mean\n"));
    EXPECT_THAT(tables, HasSubstr("PCA-64"));
}

struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string says;
};

TEST_F(AnomalyCommand, BadUseIsOneClearLineAndAnExitCode) {
    put(here() / "ten.npy", serialize_npy(std::vector<float>(640), std::vector<std::uint64_t>{10, 64}));
    put(here() / "wide.npy", serialize_npy(std::vector<float>(14), std::vector<std::uint64_t>{2, 7}));
    put(here() / "file", "");
    const std::vector<Bad> cases = {
        {{"anomaly"}, 2, "fit, score and eval"},
        {{"anomaly", "paint"}, 2, "no command 'paint'"},
        {{"anomaly", "fit", "run"}, 2, "--output"},
        {{"anomaly", "fit", "absent", "-o", "m.safetensors"}, 4, "absent"},
        {{"anomaly", "fit", "run", "absent", "-o", "m.safetensors"}, 3, "absent"},
        {{"anomaly", "fit", "run", "-o", "m.safetensors", "--digits", "77"}, 2, "nothing is left"},
        {{"anomaly", "fit", "run", "data", "-o", "m.safetensors", "--digits", "77"}, 2, "no image of those labels"},
        {{"anomaly", "fit", "run", "-o", "m.safetensors", "--hold-out", "0.5"}, 2, "--hold-out is for an INPUT"},
        {{"anomaly", "fit", "run", "data", "--calibrate", "data", "-o", "m.safetensors"}, 2, "--calibrate"},
        {{"anomaly", "fit", "run", "ten.npy", "-o", "m.safetensors", "--digits", "7"}, 2, "no labels"},
        {{"anomaly", "fit", "run", "ten.npy", "-o", "m.safetensors"}, 2, "hold out at least 19"},
        {{"anomaly", "fit", "run", "ten.npy", "-o", "m.safetensors", "--hold-out", "1"}, 2, "both parts"},
        {{"anomaly", "fit", "run", "-o", "m.safetensors", "--false-alarm-rate", "0"}, 2, "false-alarm rate of 0"},
        {{"anomaly", "fit", "run", "-o", "m.safetensors", "--score", "best"}, 2, "--score"},
        {{"anomaly", "fit", "run", "-o", "/proc/none/m.safetensors"}, 8, "/proc/none"},
        {{"anomaly", "score", "run", "data"}, 4, "has no thresholds"},
        {{"anomaly", "score", "guard.safetensors", "wide.npy"}, 2, "64 pixels"},
        {{"anomaly", "score", "guard.safetensors", "data", "--score", "best"}, 2, "--score"},
        {{"anomaly", "score", "guard.safetensors", "data", "--error-maps", "file"}, 8, "file"},
        {{"anomaly", "eval", "--data", "data", "--digits", "11"}, 2, "no label 11"},
        {{"anomaly", "eval", "--data", "data", "--preset", "none"}, 2, "--preset"},
        {{"anomaly", "eval", "--data", "data", "--protocol", "none"}, 2, "--protocol"},
    };
    for (const Bad& bad : cases) {
        const Answer answer = run(bad.arguments);
        const std::string what = testing::PrintToString(bad.arguments) + ": " + answer.err;
        EXPECT_EQ(answer.code, bad.code) << what;
        EXPECT_THAT(answer.err, HasSubstr(bad.says)) << what;
        EXPECT_EQ(answer.out, "") << what;
        EXPECT_FALSE(fs::exists(here() / "m.safetensors")) << what;
    }
}

/// Labels of a set, by which a run is planned.
void write_labels(const fs::path& folder, const std::string& name, const std::string& labels) {
    std::string bytes{0, 0, 8, 1, 0, 0};
    bytes += static_cast<char>(labels.size() >> 8);
    bytes += static_cast<char>(labels.size());
    put(folder / (name + "-labels-idx1-ubyte"), bytes + labels);
}

TEST_F(AnomalyCommand, EvalLeavesOutWhatItCannotJudgeBeforeItTrains) {
    write_idx_folder(here() / "scarce", 620, 100, kSide);
    write_labels(here() / "scarce", "train", std::string(300, 0) + std::string(300, 1) + std::string(20, 2));
    write_labels(here() / "scarce", "t10k", std::string(40, 0) + std::string(40, 1) + std::string(20, 2));
    const std::vector<std::string> command{"anomaly", "eval",     "--data", "scarce",     "--layers",
                                           kLayers,   "--epochs", "1",      "--protocol", "one-class"};
    const json report = run_for_json(command);
    EXPECT_EQ(report.at("labels"), (std::vector<int>{0, 1, 2}));
    const json& auroc = report.at("protocols").at("one-class").at("mse").at("auroc");
    EXPECT_TRUE(auroc.at("labels")[1].is_number() && auroc.at("labels")[2].is_null()) << auroc;
    EXPECT_THAT(report.at("left_out").at("one-class").at("2").get<std::string>(), HasSubstr("hold out at least 19"));
    const Answer tables = run_well(command);
    EXPECT_THAT(tables.err, HasSubstr("one-class: label 2 is left out: "));
    EXPECT_THAT(tables.out, HasSubstr("–"));
    std::vector<std::string> only = command;
    only.insert(only.end(), {"--digits", "2"});
    const Answer none = run(only);
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, HasSubstr("no label of scarce can be judged"));
}

TEST_F(AnomalyCommand, EvalPrintsWhatIsFinishedWhenItIsStopped) {
    Program program({"anomaly", "eval", "--data", "data", "--layers", kLayers, "--epochs", "400", "--batch-size", "32",
                     "--engine", "cpu", "--threads", "1", "--json", "--progress", "always", "--hold-out", "0.3"},
                    here());
    const auto is_past_the_first = [&] {  // the progress bar shows some of the labels
        const std::string text = program.error_text();
        for (char label = '1'; label <= '8'; ++label)
            if (text.find(std::string("one-class ") + label) != std::string::npos) return true;
        return false;
    };
    for (int i = 0; i < 4000 && !is_past_the_first(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ASSERT_TRUE(is_past_the_first()) << program.error_text();
    program.kill(SIGINT);
    const Answer answer = program.wait();
    EXPECT_EQ(answer.code, 130);
    const json report = json::parse(answer.out);
    EXPECT_EQ(report.at("complete"), false);
    const json& auroc = report.at("protocols").at("one-class").at("mse").at("auroc").at("labels");
    EXPECT_TRUE(auroc.at(0).is_number() && auroc.at(9).is_null()) << auroc;
}

TEST(AnomalyHelp, EveryCommandHasOneWithAnExample) {
    const TemporaryFolder folder;
    for (const char* command : {"fit", "score", "eval"}) {
        const Answer help = run_program({"anomaly", command, "--help"}, folder.path());
        EXPECT_EQ(help.code, 0) << command;
        EXPECT_THAT(help.out, HasSubstr("Example:\n  ae_cuda anomaly " + std::string(command)));
    }
    EXPECT_THAT(run_program({"anomaly", "--help"}, folder.path()).out, HasSubstr("Example:\n  ae_cuda anomaly fit"));
}

}  // namespace
}  // namespace ae::test
