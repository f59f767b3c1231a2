// Tables and arrays of numbers: scale and loss are chosen, kept in the model, applied by every command, and undone.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "ae/model.h"
#include "file/csv.h"
#include "file/npy.h"
#include "program.h"

namespace ae::numbers_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kRows = 400;

/// Four columns of very different units that follow from two hidden causes, and a column that never changes.
std::string table(int rows, unsigned seed, const std::string& header = "mass,length,always,price,angle") {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::string text = header + "\n";
    for (int i = 0; i < rows; ++i) {
        const double a = normal(random), b = normal(random);
        text += fmt::format("{:.6g},{:.6g},7,{:.6g},{:.6g}\n", 1e6 + 2e4 * a, 0.01 * (a + b), -500 + 90 * b, a - b);
    }
    return text;
}

class Numbers : public testing::Test {
protected:
    Numbers() { put(here() / "t.csv", table(kRows, 1)); }

    fs::path here() const { return folder_.path(); }
    Answer run(const std::vector<std::string>& arguments) const { return run_program(arguments, here()); }
    Answer train(int epochs = 40, const std::string& out = "run", std::vector<std::string> more = {}) const {
        more.insert(more.begin(),
                    {"--data", "t.csv", "--layers", "8-2-8", "--activation", "tanh", "--code-activation", "linear",
                     "--lr", "0.01", "--engine", "cpu", "--epochs", std::to_string(epochs), "--out", out});
        return run(more);
    }
    json eval(std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"eval", "run", "--engine", "cpu", "--json"});
        const Answer answer = run(more);
        EXPECT_EQ(answer.code, 0) << answer.err;
        return answer.code == 0 ? json::parse(answer.out) : json();
    }
    void expect_refused(const std::vector<std::string>& arguments, int code, const std::string& why) const {
        const Answer answer = run(arguments);
        EXPECT_EQ(answer.code, code) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr(why));
    }
    Table read(const std::string& name) const { return read_table(here() / name, {}); }

    TemporaryFolder folder_;
};

TEST_F(Numbers, AreScaledAndTrainedWithTheSquaredErrorUnlessAskedOtherwise) {
    const Answer answer = train();
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("400 rows, none of them test rows, of 5 numbers"));
    EXPECT_THAT(answer.err, HasSubstr("mean 0 and deviation 1 over the training data (--scale standard); the loss is "
                                      "the squared error (--loss mse)"));
    EXPECT_THAT(answer.err, Not(HasSubstr("entropy")));
    const Model model = load_model(here() / "run/model.safetensors");
    EXPECT_EQ(model.settings.loss, Loss::mse);
    EXPECT_EQ(model.settings.scaling, Scaling::standard);
    ASSERT_EQ(model.scale.offset.size(), 5u);
    EXPECT_NEAR(model.scale.offset[0], 1e6, 5e3);
    EXPECT_NEAR(1 / model.scale.factor[0], 2e4, 2e3);
    EXPECT_EQ(model.scale.factor[2], 1) << "a constant column";
    const double loss = std::stod(model.metadata.at("val_loss"));
    EXPECT_TRUE(loss < 0.1) << loss;  // 0.8 without learning: four of five columns have the variance 1
    EXPECT_NEAR(eval({"--split", "val"}).at("mse").get<double>(), loss, 1e-5);
    EXPECT_FALSE(eval().contains("bce"));
}

TEST_F(Numbers, ComeBackInTheirOwnUnits) {
    ASSERT_EQ(train().code, 0);
    ASSERT_EQ(run({"encode", "run", "t.csv", "-o", "z.npy", "--engine", "cpu"}).code, 0);
    ASSERT_EQ(run({"decode", "run", "z.npy", "-o", "back.csv", "--engine", "cpu"}).code, 0);
    ASSERT_EQ(run({"decode", "run", "z.npy", "-o", "back.npy", "--engine", "cpu"}).code, 0);
    const Table original = read("t.csv"), back = read("back.csv");
    EXPECT_EQ(back.columns, original.columns);
    ASSERT_EQ(back.rows, original.rows);
    const std::vector<double> deviations{2e4, 0.01 * std::sqrt(2.0), 1e-3, 90, std::sqrt(2.0)};
    for (std::size_t column = 0; column < 5; ++column) {
        double squares = 0;
        for (std::size_t i = column; i < original.values.size(); i += 5)
            squares += std::pow((original.values[i] - back.values[i]) / deviations[column], 2);
        EXPECT_TRUE(squares / kRows < (column == 2 ? 1e4 : 0.2)) << original.columns[column] << ": " << squares / kRows;
    }
    EXPECT_EQ(std::get<std::vector<float>>(read_npy(here() / "back.npy").values), back.values);
    ASSERT_EQ(run({"reconstruct", "run", "-o", "r.csv", "--count", "3", "--engine", "cpu"}).code, 0);
    EXPECT_NEAR(read("r.csv").values[0], 1e6, 1e5);
}

TEST_F(Numbers, AreBroughtToTheUnitIntervalOnRequestAndBack) {
    const Answer answer = train(40, "run", {"--scale", "minmax"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("each scaled to 0…1 over the training data (--scale minmax)"));
    const Model model = load_model(here() / "run/model.safetensors");
    EXPECT_EQ(model.settings.scaling, Scaling::minmax);
    std::vector<float> scaled = read("t.csv").values;
    model.scale.apply(scaled);
    const auto [least, most] = std::ranges::minmax(scaled);
    EXPECT_TRUE(least <= 0 && least > -0.5f) << least << ", of rows that were held out as well";
    EXPECT_TRUE(most >= 1 && most < 1.5f) << most;
    put(here() / "first.csv", table(100, 1));
    ASSERT_EQ(run({"reconstruct", "run", "--data", "first.csv", "-o", "back.csv", "--engine", "cpu"}).code, 0);
    const Table first = read("first.csv"), back = read("back.csv");
    EXPECT_EQ(back.columns, first.columns);
    ASSERT_EQ(back.rows, 100u);
    for (std::size_t column = 0; column < 5; ++column) {
        double squares = 0;
        for (std::size_t i = column; i < first.values.size(); i += 5)
            squares += std::pow((first.values[i] - back.values[i]) * model.scale.factor[column], 2);
        EXPECT_LT(std::sqrt(squares / 100), 0.1) << first.columns[column];
    }
    EXPECT_EQ(run({"export", "run", "-o", "m.onnx", "--check"}).code, 0);
}

/// Rows of whole numbers look like bytes, and are not: 200 is 200 here, and no pixel of 200/255.
TEST_F(Numbers, AreReadAsNumbersWhateverTheyLookLike) {
    ASSERT_EQ(train(1, "run", {"--scale", "none"}).code, 0);
    put(here() / "whole.csv", "1,2,3,200,5\n");
    ASSERT_EQ(run({"encode", "run", "whole.csv", "-o", "z.npy", "--engine", "cpu"}).code, 0);
    put(here() / "half.csv", "1,2,3,200,5.0000001\n");  // the same as a float
    ASSERT_EQ(run({"encode", "run", "half.csv", "-o", "y.npy", "--engine", "cpu"}).code, 0);
    const auto floats = [&](const char* name) { return std::get<std::vector<float>>(read_npy(here() / name).values); };
    EXPECT_EQ(floats("z.npy"), floats("y.npy"));
    put(here() / "u8.npy", serialize_npy(std::vector<std::uint8_t>{1, 2, 3, 200, 5}, std::vector<std::uint64_t>{1, 5}));
    ASSERT_EQ(run({"encode", "run", "u8.npy", "-o", "x.npy", "--engine", "cpu"}).code, 0);
    EXPECT_EQ(floats("x.npy"), floats("y.npy"));
}

TEST_F(Numbers, AnomaliesAreNamedByTheirColumns) {
    ASSERT_EQ(train().code, 0);
    const Answer fit = run({"anomaly", "fit", "run", "-o", "guard.safetensors", "--engine", "cpu"});
    ASSERT_EQ(fit.code, 0) << fit.err;
    EXPECT_THAT(fit.out, HasSubstr("gives the verdict"));
    put(here() / "new.csv", "mass,length,always,price,angle\n1000000,0,7,-500,0\n1000000,0,7,9000,0\n");
    const Answer score =
        run({"anomaly", "score", "guard.safetensors", "new.csv", "--csv", "s.csv", "--top", "1", "--engine", "cpu"});
    ASSERT_EQ(score.code, 0) << score.err;
    EXPECT_THAT(score.out, HasSubstr("2 rows: 1 normal, 1 anomalous (50.00 %); mse above"));
    const std::string csv = content_of(here() / "s.csv");
    EXPECT_THAT(csv, testing::StartsWith("name,score,p_value,verdict,features\n0,"));
    EXPECT_THAT(csv, testing::ContainsRegex("\n1,[0-9.]+,[0-9.]+,anomalous,price=[0-9.]+\n"));
}

TEST_F(Numbers, ThreeColumnsAtFaultAreNamedUnlessAskedOtherwise) {
    ASSERT_EQ(train().code, 0);
    ASSERT_EQ(run({"anomaly", "fit", "run", "-o", "guard.safetensors", "--engine", "cpu"}).code, 0);
    const auto columns_named = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"anomaly", "score", "guard.safetensors", "t.csv", "--csv", "-", "--engine", "cpu"});
        std::istringstream csv(run(more).out);
        std::vector<std::ptrdiff_t> counts;
        for (std::string row; std::getline(csv, row);) counts.push_back(std::ranges::count(row, '='));
        return counts;
    };
    std::vector<std::ptrdiff_t> expected(kRows + 1, 3);
    expected[0] = 0;  // of the header
    EXPECT_EQ(columns_named({}), expected);
    EXPECT_EQ(columns_named({"--top", "3"}), expected);
}

TEST_F(Numbers, ScoresByAnglesAreWarnedOf) {
    ASSERT_EQ(train(5, "run", {"--val", "split:0.2"}).code, 0);
    const auto says = [&](const std::string& score) {
        const Answer answer =
            run({"anomaly", "fit", "run", "-o", score + ".safetensors", "--engine", "cpu", "--score", score});
        EXPECT_EQ(answer.code, 0) << answer.err;
        return answer.err;
    };
    EXPECT_THAT(says("combined"), HasSubstr("--score combined goes by angles"));
    EXPECT_THAT(says("knn"), testing::Not(HasSubstr("angles")));
    const Answer answer = run({"anomaly", "score", "knn.safetensors", "t.csv", "--engine", "cpu", "--score", "cosine"});
    EXPECT_THAT(answer.err, HasSubstr("--score cosine goes by angles"));
}

TEST_F(Numbers, AreRefusedWhereOnlyPixelsMakeSense) {
    ASSERT_EQ(train(1).code, 0);
    expect_refused({"compress", "run", "t.csv", "-o", "t.aez"}, 2, "compress: is for pixels; the model was trained on");
    expect_refused({"rd", "run", "t.csv"}, 2, "rd: is for pixels");
    expect_refused({"denoise", "run", "t.csv", "-o", "d.npy"}, 2, "denoise: is for pixels");
    expect_refused({"encode", "run", "t.csv", "-o", "z.npy", "--invert"}, 2, "--invert: is for pixels");
    expect_refused({"--data", "t.csv", "--loss", "bce"}, 2, "--loss bce: takes values in [0, 1], and");
    expect_refused({"--data", "t.csv", "--loss", "bce", "--scale", "minmax"}, 2, "--loss mse takes any");
    expect_refused({"--data", "t.csv", "--noise", "gaussian:0.1"}, 2, "is for pixels, which it clips to [0, 1]");
    expect_refused({"--data", "t.csv", "--gray"}, 2, "change images of bytes");
    expect_refused({"--resume", "run", "--scale", "none"}, 4, "scale: standard in the checkpoint, none asked for");
    expect_refused({"--init", "run", "--data", "t.csv", "--scale", "none"}, 2, "--scale none: run has a scale of its");
}

TEST_F(Numbers, BadCellsAreNamedBeforeAnythingIsTrained) {
    for (const char* bad : {"nan", "inf", "1e99", "x", ""}) {
        put(here() / "bad.csv", std::string("a,b\n1,2.5\n3,") + bad + "\n");
        expect_refused({"--data", "bad.csv", "--out", "none"}, 3, "bad.csv: line 3, column b: ");
        EXPECT_FALSE(fs::exists(here() / "none"));
    }
    ASSERT_EQ(train(1).code, 0);
    put(here() / "bad.npy", serialize_npy(std::vector<float>{1, 2, 3, NAN, 5}, std::vector<std::uint64_t>{1, 5}));
    expect_refused({"encode", "run", "bad.npy", "-o", "z.npy"}, 3, "bad.npy: nan in row 1, column 4; finite numbers");
    put(here() / "order.csv", table(5, 2, "mass,always,length,price,angle"));
    expect_refused({"encode", "run", "order.csv", "-o", "z.npy"}, 3,
                   "order.csv: its column of numbers 2 is 'always', and 'length' in the table");
}

TEST_F(Numbers, InTheUnitIntervalStayAsTheyAreAndAreTrainedWithBce) {
    put(here() / "unit.csv",
        "a,b\n0.25,0.5\n0.125,1\n0,0.75\n0.3,0.1\n0.7,0.2\n0.9,0.4\n0.1,0.3\n0.2,0.6\n0.5,0.5\n1,0\n");
    const Answer answer =
        run({"--data", "unit.csv", "--layers", "1", "--epochs", "1", "--engine", "cpu", "--out", "u"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_THAT(answer.err, HasSubstr("as they are (--scale none); the loss is the cross-entropy (--loss bce)"));
    put(here() / "beyond.csv", "a,b\n0.25,1.5\n");
    expect_refused({"encode", "u", "beyond.csv", "-o", "z.npy"}, 3,
                   "1.5 in row 1, column 2; pixels must lie in [0, 1]");
}

TEST_F(Numbers, AResumedRunAndANextModelKeepTheScale) {
    ASSERT_EQ(train(4).code, 0);
    ASSERT_EQ(train(2, "part").code, 0);
    ASSERT_EQ(run({"--resume", "part", "--epochs", "4"}).code, 0);
    const Model whole = load_model(here() / "run/model.safetensors"),
                parts = load_model(here() / "part/model.safetensors");
    EXPECT_EQ(parts.parameters, whole.parameters);
    EXPECT_EQ(parts.scale, whole.scale);
    put(here() / "next.csv", table(200, 3));
    const Answer next =
        run({"--init", "run", "--data", "next.csv", "--epochs", "1", "--engine", "cpu", "--out", "next"});
    ASSERT_EQ(next.code, 0) << next.err;
    EXPECT_EQ(load_model(here() / "next/model.safetensors").scale, whole.scale);
    EXPECT_EQ(run({"export", "run", "-o", "m.onnx", "--check"}).code, 0);
    EXPECT_EQ(run({"export", "run", "-o", "m.safetensors"}).code, 0);
    EXPECT_EQ(load_model(here() / "m.safetensors").scale, whole.scale);
}

TEST_F(Numbers, AModelComesBackFromAnArchiveOfItsWeights) {
    ASSERT_EQ(train(5).code, 0);
    for (const char* file : {"w.npz", "w.safetensors"}) {
        SCOPED_TRACE(file);
        ASSERT_EQ(run({"export", "run", "-o", file}).code, 0);
        const Answer answer = run({"import", file, "-o", "again.safetensors", "--activation", "tanh",
                                   "--code-activation", "linear", "--json"});
        ASSERT_EQ(answer.code, 0) << answer.err;
        EXPECT_EQ(json::parse(answer.out).at("loss"), "mse");
        const Model first = load_model(here() / "run/model.safetensors"),
                    again = load_model(here() / "again.safetensors");
        EXPECT_EQ(again.scale, first.scale);
        EXPECT_EQ(again.parameters, first.parameters);
        const auto codes = [&](const char* model) {
            return run({"encode", model, "t.csv", "--engine", "cpu", "-o", "-"}).out;
        };
        EXPECT_EQ(codes("again.safetensors").size(), 128 + kRows * 2 * sizeof(float));
        EXPECT_TRUE(codes("again.safetensors") == codes("run"));
        fs::remove(here() / "again.safetensors");
    }
}

TEST_F(Numbers, PixelsMayBeTrainedWithTheSquaredErrorToo) {
    write_idx_folder(here() / "images", 200, 50, 8);
    const Answer answer = run(
        {"--data", "images", "--layers", "16", "--loss", "mse", "--epochs", "3", "--engine", "cpu", "--out", "pixels"});
    ASSERT_EQ(answer.code, 0) << answer.err;
    const Answer eval = run({"eval", "pixels", "--engine", "cpu"});
    EXPECT_EQ(eval.code, 0) << eval.err;
    EXPECT_THAT(eval.out, AllOf(HasSubstr("PSNR"), Not(HasSubstr("BCE"))));
    EXPECT_EQ(run({"reconstruct", "pixels", "-o", "r.png", "--engine", "cpu"}).code, 0);
}

}  // namespace
}  // namespace ae::numbers_test
