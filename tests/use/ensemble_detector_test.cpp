#include "use/ensemble_detector.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "random_model.h"
#include "random_values.h"
#include "temporary_folder.h"
#include "use/stored_detector.h"

namespace ae::ensemble_detector_test {
namespace {

using Values = std::vector<float>;
using test::message_of;
using testing::HasSubstr;

constexpr int kPixels = 25;
constexpr ImageSize kSize{5, 5};

Values images(int n, std::uint32_t seed) {
    return test::uniform_values(static_cast<std::size_t>(n * kPixels), seed);
}

/// Networks of random weights, which differ by their seeds.
class Ensemble : public testing::Test {
protected:
    Ensemble() {
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            Settings settings;
            settings.shape = Shape({kPixels, 8, 3, 8, kPixels});
            settings.seed = seed;
            models_.push_back(test::random_model(settings));
            owned_.push_back(make_network("cpu", models_.back(), {.threads = 1}));
            networks_.push_back(owned_.back().get());
        }
    }

    EnsembleDetector fit(std::size_t members, double rate = 0.05) {
        const Values reference = images(300, 1), held_out = images(400, 2);
        return EnsembleDetector::fit(std::span(networks_).first(members), {reference, kSize}, {held_out, kSize},
                                     {AnomalyScore::mse, rate, 0}, pool_);
    }
    std::vector<EnsembleVerdict> judge(const EnsembleDetector& detector, const Values& pixels,
                                       AnomalyScore by = AnomalyScore::mse) {
        return detector.judge(std::span(networks_).first(detector.members().size()), {pixels, kSize}, by, pool_);
    }
    /// The file of all three.
    Model stored(std::size_t members = 3) {
        Model first = models_.front();
        std::vector<const Model*> others;
        for (std::size_t m = 1; m < members; ++m) others.push_back(&models_[m]);
        store_detector(first, fit(members), others, "400 of a test");
        return first;
    }

    std::vector<Model> models_;
    std::vector<std::unique_ptr<Network>> owned_;
    std::vector<Network*> networks_;
    ThreadPool pool_{2};
};

TEST_F(Ensemble, TellsTheMeanOfItsMembersTheirSpreadAndTheirShare) {
    const EnsembleDetector detector = fit(3, 0.2);
    const Values unseen = images(60, 3);
    const std::vector<EnsembleVerdict> verdicts = judge(detector, unseen);
    ASSERT_EQ(verdicts.size(), 60u);
    std::vector<Values> scores;
    for (Network* network : networks_) scores.push_back(network->score(unseen).mse);
    bool do_some_disagree = false;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        double sum = 0, squares = 0, alarms = 0;
        for (std::size_t m = 0; m < 3; ++m) {
            sum += scores[m][i];
            alarms += scores[m][i] > detector.members()[m].threshold(AnomalyScore::mse);
        }
        for (std::size_t m = 0; m < 3; ++m) squares += std::pow(scores[m][i] - sum / 3, 2);
        EXPECT_NEAR(verdicts[i].score, sum / 3, 1e-6);
        EXPECT_NEAR(verdicts[i].spread, std::sqrt(squares / 2), 1e-6);
        EXPECT_DOUBLE_EQ(verdicts[i].share, alarms / 3);
        EXPECT_EQ(verdicts[i].verdict == Verdict::anomalous, verdicts[i].p <= 0.2);
        do_some_disagree |= alarms > 0 && alarms < 3;
    }
    EXPECT_TRUE(do_some_disagree);
}

/// The threshold of a mean is its own: those of the members would give another rate.
TEST_F(Ensemble, FalseAlarmsAreAsManyAsAskedFor) {
    const Values unseen = images(4000, 3);
    for (const double rate : {0.05, 0.2}) {
        const EnsembleDetector detector = fit(3, rate);
        for (const AnomalyScore score : {AnomalyScore::mse, AnomalyScore::knn, AnomalyScore::combined}) {
            const auto alarms =
                std::ranges::count(judge(detector, unseen, score), Verdict::anomalous, &EnsembleVerdict::verdict);
            EXPECT_NEAR(static_cast<double>(alarms) / 4000, rate,
                        4 * std::sqrt(rate * (1 - rate) * (1 / 400.0 + 1 / 4000.0)))
                << text(score);
        }
    }
}

TEST_F(Ensemble, OfOneIsThatOne) {
    const EnsembleDetector alone = fit(1);
    const Values unseen = images(50, 4);
    const AnomalyDetector& member = alone.members().front();
    const Values scores = member.scores(*networks_[0], {unseen, kSize}, pool_)[AnomalyScore::combined];
    const std::vector<EnsembleVerdict> verdicts = judge(alone, unseen, AnomalyScore::combined);
    for (std::size_t i = 0; i < scores.size(); ++i) {
        EXPECT_EQ(verdicts[i].score, scores[i]);
        EXPECT_EQ(verdicts[i].spread, 0);
        EXPECT_EQ(verdicts[i].verdict, member.verdict(AnomalyScore::combined, scores[i], 1));
        EXPECT_EQ(verdicts[i].share, verdicts[i].verdict == Verdict::anomalous ? 1 : 0);
    }
}

TEST_F(Ensemble, ABlackImageHasAVerdictOfItsOwn) {
    EXPECT_EQ(judge(fit(3), Values(kPixels)).front().verdict, Verdict::too_dark);
}

TEST_F(Ensemble, NeedsAMember) {
    EXPECT_THAT(message_of<UsageError>([&] { fit(0); }), HasSubstr("no networks"));
}

TEST_F(Ensemble, InAModelItComesBackWithTheSameBits) {
    for (const std::size_t members : {1u, 3u}) {
        const test::TemporaryFolder folder;
        save_model(folder / "model", stored(members));
        const Model loaded = load_model(folder / "model");
        const StoredDetector again = stored_detector(loaded, "model", pool_);
        ASSERT_EQ(again.detector.members().size(), members);
        EXPECT_EQ(again.detector.rule().score, AnomalyScore::mse);
        EXPECT_EQ(again.detector.rule().false_alarm_rate, 0.05);
        for (std::size_t m = 1; m < members; ++m) {
            EXPECT_EQ(again.others[m - 1].parameters, models_[m].parameters);
            EXPECT_EQ(again.others[m - 1].settings.seed, models_[m].settings.seed);
        }
        const Values unseen = images(50, 4);
        const auto one = judge(fit(members), unseen, AnomalyScore::combined),
                   other = judge(again.detector, unseen, AnomalyScore::combined);
        for (std::size_t i = 0; i < one.size(); ++i) {
            EXPECT_EQ(one[i].score, other[i].score);
            EXPECT_EQ(one[i].p, other[i].p);
            EXPECT_EQ(one[i].share, other[i].share);
            EXPECT_EQ(one[i].verdict, other[i].verdict);
        }
        const auto facts = nlohmann::json::parse(loaded.metadata.at("anomaly"));
        EXPECT_EQ(facts.at("normal"), "400 of a test");
        EXPECT_EQ(facts.at("reference"), 300);
        EXPECT_EQ(facts.at("held_out"), 400);
        EXPECT_EQ(facts.contains("seeds"), members > 1);
        for (const std::string& score : anomaly_score_names())
            EXPECT_EQ(facts.at("thresholds").at(score).get<float>(),
                      again.detector.threshold(parse_anomaly_score(score)))
                << score;
    }
}

TEST_F(Ensemble, ADamagedOneIsRefused) {
    EXPECT_THAT(message_of<ModelError>([&] { stored_detector(models_[0], "m", pool_); }),
                HasSubstr("has no thresholds"));
    const auto refusal = [&](auto change) {
        Model model = stored();
        change(model);
        return message_of<ModelError>([&] { stored_detector(model, "m", pool_); });
    };
    EXPECT_EQ(refusal([](Model&) {}), "");
    for (const auto& [text, says] : std::vector<std::pair<const char*, const char*>>{
             {"{", "not JSON"},
             {"[]", "not what anomaly fit writes"},
             {R"({"score":"best","false_alarm_rate":0.05,"least_ink":0})", "not what anomaly fit writes"},
             {R"({"score":"mse","false_alarm_rate":0.05,"least_ink":0,"seeds":"1"})", "not what anomaly fit writes"},
             {R"({"score":"mse","false_alarm_rate":0.05,"least_ink":0,"seeds":[1,2,3,4]})",
              "anomaly.members.4.parameters is missing"},
             {R"({"score":"mse","false_alarm_rate":1e-9,"least_ink":0})", "false-alarm rate"}})
        EXPECT_THAT(refusal([facts = text](Model& m) { m.metadata["anomaly"] = facts; }), HasSubstr(says)) << text;
    for (const char* array : {"anomaly.scores.kl", "anomaly.mean.scores.kl", "anomaly.members.3.scores.kl",
                              "anomaly.members.2.codes", "anomaly.members.2.parameters"}) {
        EXPECT_THAT(refusal([&](Model& m) { m.arrays.erase(array); }), HasSubstr(std::string(array) + " is missing"));
        EXPECT_THAT(refusal([&](Model& m) {
                        m.arrays[array] = {{0}, {}};
                    }),
                    HasSubstr(std::string(array) + " has the shape [0]"));
    }
    EXPECT_THAT(refusal([](Model& m) {
                    m.arrays["anomaly.codes"] = {{450, 2}, Values(900)};
                }),
                HasSubstr("codes of 2 numbers, the network's have 3"));
    EXPECT_THAT(refusal([](Model& m) {
                    m.arrays["anomaly.members.2.parameters"] = {{7}, Values(7)};
                }),
                HasSubstr("its member 2 has 7 weights"));
}

}  // namespace
}  // namespace ae::ensemble_detector_test
