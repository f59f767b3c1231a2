// The order of settings, spreads over seeds, halving, and the file that keeps them.
#include "train/sweep_ranking.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ae/error.h"
#include "base/json_text.h"
#include "show/document_text.h"
#include "show/sweep_table.h"
#include "temporary_folder.h"
#include "train/sweep_file.h"

namespace ae::sweep_ranking_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SweptModel done(std::vector<double> losses) {
    SweptModel model{.end = SweptEnd::done, .val_losses = std::move(losses)};
    model.left_epoch = model.epochs();
    model.val_mse = model.val_loss() / 10;
    return model;
}
SweptModel ended(SweptEnd end, std::vector<double> losses) {
    SweptModel model = done(std::move(losses));
    model.end = end;
    return model;
}

/// Settings a, b, … by two seeds.
Sweep sweep_of(std::size_t settings, std::vector<SweptModel> models) {
    Sweep sweep{{"--lr"}, {}, {5, 6}, 2};
    for (std::size_t i = 0; i < settings; ++i) sweep.settings.push_back({{std::string(1, static_cast<char>('a' + i))}});
    sweep.models = std::move(models);
    return sweep;
}

TEST(SweepRanking, MeansSpreadsAndPairedDifferences) {
    const Sweep sweep = sweep_of(2, {done({9, 0.30}), done({9, 0.20}), done({9, 0.36}), done({9, 0.24})});
    const std::vector<RankedSetting> rows = ranking(sweep);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].setting, 1u);
    EXPECT_EQ(rows[0].rank, 1);
    EXPECT_NEAR(rows[0].val_loss.mean, 0.22, 1e-12);
    EXPECT_NEAR(rows[0].val_loss.sd, 0.04 / std::sqrt(2.0), 1e-12);
    EXPECT_NEAR(rows[1].val_mse.mean, 0.033, 1e-12);
    EXPECT_NEAR(rows[1].difference.mean, 0.11, 1e-12) << "0.10 and 0.12";
    EXPECT_NEAR(rows[1].difference.standard_error(), 0.01, 1e-12);
}

TEST(SweepRanking, OneSeedHasNoSpread) {
    const Spread spread = Spread::of(std::vector{3.0});
    EXPECT_EQ(spread.mean, 3);
    EXPECT_TRUE(std::isnan(spread.sd));
}

TEST(SweepRanking, DroppedAndDivergedSettingsComeLast) {
    const Sweep sweep =
        sweep_of(4, {ended(SweptEnd::diverged, {0.1}), ended(SweptEnd::dropped, {0.2}), done({0.9, 0.8}),
                     ended(SweptEnd::dropped, {0.3, 0.3}), done({0.1, 0.1}), ended(SweptEnd::dropped, {0.2}),
                     done({0.9, 0.8}), ended(SweptEnd::dropped, {0.3, 0.3})});
    std::vector<std::size_t> order;
    std::vector<int> ranks;
    for (const RankedSetting& row : ranking(sweep)) order.push_back(row.setting), ranks.push_back(row.rank);
    EXPECT_THAT(order, ElementsAre(2, 3, 1, 0));
    EXPECT_THAT(ranks, ElementsAre(1, 0, 0, 0));
    const std::string table = aligned(sweep_table(sweep));
    EXPECT_THAT(table, HasSubstr("dropped after epoch 2"));
    EXPECT_THAT(table, HasSubstr("1 of 2 diverged"));
}

TEST(SweepRanking, SettingsWithoutAnEndedModelAreNotRanked) {
    const Sweep sweep = sweep_of(2, {done({1, 1}), {}, {}, {}});
    ASSERT_EQ(ranking(sweep).size(), 1u);
    EXPECT_THAT(aligned(sweep_table(sweep)), HasSubstr("1 of 2 models"));
}

TEST(SweepHalving, RungsGrowByTheFactor) {
    Sweep sweep = sweep_of(1, {});
    sweep.epochs = 30;
    EXPECT_THAT(rungs_of(sweep), ElementsAre(30));
    sweep.halving = 3;
    EXPECT_THAT(rungs_of(sweep), ElementsAre(1, 3, 9, 27, 30));
    sweep.epochs = 9;
    EXPECT_THAT(rungs_of(sweep), ElementsAre(1, 3, 9));
    sweep.epochs = 1;
    EXPECT_THAT(rungs_of(sweep), ElementsAre(1));
}

TEST(SweepHalving, TheBestPartByMeanStaysAndDivergedSettingsGoFirst) {
    Sweep sweep = sweep_of(4, {done({0.4, 0.1}), done({0.1, 0.4}), ended(SweptEnd::diverged, {0.01}), done({0.3, 0.3}),
                               done({0.4, 0.1}), done({0.1, 0.4}), done({0.01, 0.01}), done({0.3, 0.3})});
    sweep.halving = 2;
    EXPECT_THAT(survivors(sweep, {0, 1, 2, 3}, 1), ElementsAre(1, 3)) << "by the losses after epoch 1";
    EXPECT_THAT(survivors(sweep, {0, 1, 2, 3}, 2), ElementsAre(0, 3));
    EXPECT_THAT(survivors(sweep, {1, 2, 3}, 1), ElementsAre(1, 3)) << "a half of three is two";
    sweep.halving = 5;
    EXPECT_THAT(survivors(sweep, {2}, 1), ElementsAre(2)) << "at least one";
}

TEST(SweepFile, GivesTheResultsBack) {
    const test::TemporaryFolder folder;
    const SweepOrigin origin{{"--lr", "1,2"}, "abc", "def"};
    Sweep sweep = sweep_of(2, {done({0.3, 1.0 / 3}), ended(SweptEnd::diverged, {}), {}, done({0.2, 0.2})});
    sweep.models[1].note = "diverged, \"badly\"";
    sweep.models[3].folder = "models/0004";
    const auto path = folder.path() / "sweep.json";
    test::put(path, json_text(sweep_json(sweep, origin)));
    Sweep again = sweep_of(2, std::vector<SweptModel>(4));
    const SavedSweep saved(path);
    EXPECT_EQ(saved.arguments(), origin.arguments);
    saved.restore(again, origin);
    EXPECT_EQ(sweep_csv(again), sweep_csv(sweep));
    EXPECT_EQ(json_text(sweep_json(again, origin)), json_text(sweep_json(sweep, origin)));
    EXPECT_EQ(again.models[0].val_loss(), 1.0 / 3);

    Sweep other = again;
    other.settings[0].settings.adam.learning_rate = 0.5;
    EXPECT_THROW(saved.restore(other, origin), ModelError) << "another plan";
    EXPECT_THROW(saved.restore(again, {origin.arguments, "abd", "def"}), ModelError) << "other data";
}

TEST(SweepFile, RefusesWhatIsNone) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "sweep.json";
    EXPECT_THROW(SavedSweep{path}, ModelError);
    const SweepOrigin origin{{}, "abc", "def"};
    Sweep sweep = sweep_of(1, {done({0.3, 0.3}), done({0.2, 0.2})});
    const nlohmann::ordered_json good = sweep_json(sweep, origin);
    for (const char* text : {"", "[]", "{}", "{\"arguments\": 3}"}) {
        test::put(path, text);
        EXPECT_THROW(SavedSweep{path}, ModelError) << text;
    }
    const auto refuses = [&](const char* key, const nlohmann::ordered_json& value) {
        nlohmann::ordered_json bad = good;
        bad["models"][0][key] = value;
        test::put(path, json_text(bad));
        EXPECT_THROW(SavedSweep(path).restore(sweep, origin), ModelError) << key;
    };
    refuses("end", "lost");
    refuses("left_epoch", 3);
    refuses("left_epoch", 0);
    refuses("left_epoch", 2.0);
    refuses("left_epoch", (std::int64_t{1} << 32) + 2);
    refuses("val_losses", "none");
    refuses("seconds", "long");
}

TEST(SweepFile, RefusesBracketsOfAnyDepth) {
    constexpr std::size_t kDepth = 200'000;  // that no stack holds a copy of
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "sweep.json";
    const SweepOrigin origin{{}, "abc", "def"};
    Sweep sweep = sweep_of(1, {done({0.3, 0.3}), done({0.2, 0.2})});
    for (const char* key : {"data_sha256", "plan", "models"}) {
        nlohmann::ordered_json document = sweep_json(sweep, origin);
        document[key] = "deep";
        std::string text = json_text(document);
        text.replace(text.find("\"deep\""), 6, std::string(kDepth, '[') + std::string(kDepth, ']'));
        test::put(path, text);
        EXPECT_THROW(SavedSweep(path).restore(sweep, origin), ModelError) << key;
    }
}

TEST(SweepFile, TheTableOfModelsQuotesItsTexts) {
    Sweep sweep = sweep_of(1, {done({0.3, 0.25}), ended(SweptEnd::diverged, {})});
    sweep.models[1].note = "the loss, at last, is nan";
    const std::string csv = sweep_csv(sweep);
    EXPECT_THAT(csv, HasSubstr("\n1,784-128-64-128-784,64,256,0.001,none,5,done,2,0.25,0.025,0.25,2,0,,\n"));
    EXPECT_THAT(
        csv, HasSubstr("\n2,784-128-64-128-784,64,256,0.001,none,6,diverged,0,,,,,0,,\"the loss, at last, is nan\"\n"));
}

}  // namespace
}  // namespace ae::sweep_ranking_test
