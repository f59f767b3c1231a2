// Tables and arrays of numbers in more pieces than one: the same bits for any, brought to the model's scale by every
// command that reads them piece by piece.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <span>

#include "ae/model.h"
#include "file/csv.h"
#include "file/csv_writer.h"
#include "file/npy.h"
#include "program.h"

namespace ae::number_streams_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using Shape64 = std::vector<std::uint64_t>;

constexpr std::size_t kRows = 5000, kWidth = 4;  // two pieces of a command, 4096 and 904
const std::vector<std::string> kColumns{"mass", "length", "price", "angle"};

/// Columns of very different units that follow from two hidden causes.
std::vector<float> numbers(std::size_t rows) {
    std::mt19937 random(7);
    std::normal_distribution<double> normal;
    std::vector<float> values;
    for (std::size_t i = 0; i < rows; ++i) {
        const double a = normal(random), b = normal(random);
        for (const double v : {1e6 + 2e4 * a, 0.01 * (a + b), -500 + 90 * b, a - b})
            values.push_back(static_cast<float>(v));
    }
    return values;
}

std::string as_array(std::span<const float> values) {
    return serialize_npy(values, Shape64{values.size() / kWidth, kWidth});
}

std::string as_table(std::span<const float> values) {
    return serialize_csv(values, kWidth, kColumns);
}

/// A model of numbers by their scale, `raw`, and one of the same weights for numbers that have been brought to it.
class NumberStreams : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        put(here() / "t.csv", as_table(numbers(400)));
        run_well({"--data", "t.csv", "--layers", "8-2-8", "--activation", "tanh", "--lr", "0.01", "--epochs", "3",
                  "--val", "split:0.25", "--engine", "cpu", "--out", "run"});
        run_well({"anomaly", "fit", "run", "-o", "raw.safetensors", "--engine", "cpu"});
        Model model = load_model(here() / "raw.safetensors");
        many() = numbers(kRows);
        put(here() / "many.csv", as_table(many()));
        put(here() / "many.npy", as_array(many()));
        scaled() = many();
        model.scale.apply(scaled());
        put(here() / "scaled.npy", as_array(scaled()));
        put(here() / "scaled.csv", as_table(scaled()));
        model.scale = {};
        model.settings.scaling = Scaling::none;
        save_model(here() / "plain.safetensors", model);
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static fs::path here() { return folder_->path(); }
    static std::vector<float>& many() {
        static std::vector<float> values;
        return values;
    }
    static std::vector<float>& scaled() {
        static std::vector<float> values;
        return values;
    }
    static Answer run(const std::vector<std::string>& arguments, const std::function<void()>& prepare = {}) {
        return run_program(arguments, here(), {}, prepare);
    }
    static std::string run_well(const std::vector<std::string>& arguments, const std::function<void()>& prepare = {}) {
        return run_program_well(arguments, here(), prepare).out;
    }
    static std::vector<float> floats(const std::string& bytes) {
        return std::get<std::vector<float>>(parse_npy(bytes, "the answer").values);
    }

    static std::vector<float> codes(const std::string& model, const std::string& input) {
        return floats(run_well({"encode", model, input, "-o", "-"}));
    }
    static std::vector<float> rebuilt(const std::string& model, const std::string& data) {
        return floats(run_well({"reconstruct", model, "--data", data, "-o", "-"}));
    }
    /// The lines of the table but its header and the names, the rows' numbers.
    static std::vector<std::string> scores(const std::string& model, const std::string& input) {
        const std::string csv = run_well({"anomaly", "score", model, input, "--csv", "-", "--top", "2"});
        EXPECT_THAT(csv, StartsWith("name,score,p_value,verdict,features\n0,"));
        std::vector<std::string> lines;
        for (std::size_t begin = csv.find('\n') + 1, end = 0; begin < csv.size(); begin = end + 1) {
            end = csv.find('\n', begin);
            const std::size_t score = csv.find(',', begin);
            lines.push_back(csv.substr(score, end - score));
        }
        return lines;
    }
    /// What `get` gives for pieces of this number of rows, one after the other.
    template <typename Get>
    static auto in_pieces(std::size_t rows, const std::string& ending, Get get) {
        decltype(get("")) all;
        for (std::size_t first = 0; first < kRows; first += rows) {
            const auto piece =
                std::span<const float>(many()).subspan(first * kWidth, std::min(rows, kRows - first) * kWidth);
            put(here() / ("piece" + ending), ending == ".npy" ? as_array(piece) : as_table(piece));
            const auto part = get("piece" + ending);
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }

    static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(NumberStreams, HaveTheSameBitsInAnyPieces) {
    const auto score = [](const std::string& input) { return scores("raw.safetensors", input); };
    const auto rebuild = [](const std::string& data) { return rebuilt("raw.safetensors", data); };
    const std::vector<std::string> whole = score("many.npy");
    const std::vector<float> back = rebuild("many.npy");
    ASSERT_EQ(whole.size(), kRows);
    ASSERT_EQ(back.size(), kRows * kWidth);
    EXPECT_THAT(whole[4999], testing::ContainsRegex("=[01][.][0-9]+; [a-z]+=0[.][0-9]+\"$")) << "of the last piece";
    EXPECT_EQ(score("many.csv"), whole);
    EXPECT_EQ(rebuild("many.csv"), back);
    for (const std::size_t rows : {1250u, 1999u, 4097u})
        for (const char* ending : {".npy", ".csv"}) {
            SCOPED_TRACE(fmt::format("{} rows of {}", rows, ending));
            EXPECT_EQ(in_pieces(rows, ending, score), whole);
            EXPECT_EQ(in_pieces(rows, ending, rebuild), back);
        }
}

TEST_F(NumberStreams, AreBroughtToTheScaleByEveryCommand) {
    EXPECT_EQ(codes("raw.safetensors", "many.npy"), codes("plain.safetensors", "scaled.npy"));
    EXPECT_NE(codes("plain.safetensors", "many.npy"), codes("plain.safetensors", "scaled.npy")) << "which matters";
    EXPECT_EQ(scores("raw.safetensors", "many.npy"), scores("plain.safetensors", "scaled.npy"));
    EXPECT_EQ(scores("raw.safetensors", "many.csv"), scores("plain.safetensors", "scaled.csv"));
    const auto mse = [](const std::string& model, const std::string& data) {
        const json document = json::parse(run_well({"eval", model, "--data", data, "--json"}));
        EXPECT_EQ(document.at("images"), kRows);
        EXPECT_FALSE(document.contains("bce") || document.contains("ssim"));
        return document.at("mse").get<double>();
    };
    const double error = mse("plain.safetensors", "scaled.npy");
    EXPECT_TRUE(error > 0 && error < 10) << error;
    for (const char* data : {"many.npy", "many.csv"}) EXPECT_EQ(mse("raw.safetensors", data), error) << data;
}

TEST_F(NumberStreams, ComeBackInTheirOwnUnitsFromEveryPiece) {
    std::vector<float> expected = rebuilt("plain.safetensors", "scaled.npy");
    load_model(here() / "raw.safetensors").scale.undo(expected);
    EXPECT_EQ(rebuilt("raw.safetensors", "many.npy"), expected);
    run_well({"reconstruct", "raw.safetensors", "--data", "many.npy", "-o", "back.csv"});
    const Table table = read_table(here() / "back.csv", {});
    EXPECT_EQ(table.columns, kColumns);
    EXPECT_EQ(table.values, expected);
    run_well({"encode", "raw.safetensors", "many.npy", "-o", "codes.npy"});
    for (const char* output : {"decoded.npy", "decoded.csv"})
        run_well({"decode", "raw.safetensors", "codes.npy", "-o", output});
    EXPECT_EQ(floats(content_of(here() / "decoded.npy")), expected);
    EXPECT_EQ(read_table(here() / "decoded.csv", {}).values, expected);
    run_well({"reconstruct", "raw.safetensors", "--data", "many.npy", "-o", "back.png"});
    EXPECT_GT(fs::file_size(here() / "back.png"), 1000u);
}

TEST_F(NumberStreams, AProbeSeesThemByTheirScale) {
    const auto write_labelled = [](const char* name, std::span<const float> values) {
        std::string text = "mass,length,price,angle,label\n";
        for (std::size_t i = 0; i < 300 * kWidth; i += kWidth)
            text += fmt::format("{},{},{},{},{}\n", values[i], values[i + 1], values[i + 2], values[i + 3],
                                many()[i + 3] > 0 ? "up" : "down");
        put(here() / name, text);
    };
    write_labelled("labelled.csv", many());
    write_labelled("labelled_scaled.csv", scaled());
    const auto measures = [](const std::string& model, const std::string& data) {
        return json::parse(run_well({"probe", model, "--data", data, "--json"})).at("measures");
    };
    const json expected = measures("plain.safetensors", "labelled_scaled.csv");
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(measures("raw.safetensors", "labelled.csv"), expected);
}

TEST_F(NumberStreams, ComeByTheStandardInput) {
    const auto from = [](const char* name) {
        return [name] { dup2(open((here() / name).c_str(), O_RDONLY), STDIN_FILENO); };
    };
    const std::string expected = run_well({"encode", "raw.safetensors", "many.npy", "-o", "-"});
    EXPECT_EQ(run_well({"encode", "raw.safetensors", "-", "-o", "-"}, from("many.npy")), expected);
    EXPECT_EQ(run_well({"encode", "raw.safetensors", "-", "-o", "-"}, from("many.csv")), expected);
    put(here() / "order.csv", serialize_csv(many(), kWidth, {"mass", "price", "length", "angle"}));
    const Answer order = run({"encode", "raw.safetensors", "-", "-o", "-"}, from("order.csv"));
    EXPECT_EQ(order.code, 3);
    EXPECT_THAT(order.err, HasSubstr("standard input: its column of numbers 2 is 'price', and 'length' in the table"));
}

TEST_F(NumberStreams, AreRefusedByTheirPlaceInALaterPiece) {
    std::vector<float> wrong = many();
    wrong[4998 * kWidth + 2] = NAN;
    put(here() / "wrong.npy", as_array(wrong));
    const std::string why = "wrong.npy: nan in row 4999, column 3; finite numbers were expected";
    const std::vector<std::vector<std::string>> commands{
        {"encode", "raw.safetensors", "wrong.npy", "-o", "x.npy"},
        {"anomaly", "score", "raw.safetensors", "wrong.npy", "--csv", "x.csv"},
        {"eval", "raw.safetensors", "--data", "wrong.npy"},
        {"reconstruct", "raw.safetensors", "--data", "wrong.npy", "-o", "x.csv"}};
    for (const std::vector<std::string>& command : commands) {
        const Answer answer = run(command);
        EXPECT_EQ(answer.code, 3) << command[0];
        EXPECT_THAT(answer.err, HasSubstr(why)) << command[0];
    }
    EXPECT_FALSE(fs::exists(here() / "x.npy") || fs::exists(here() / "x.csv"));
}

/// As training found them: a file that the model was trained on is split as it was.
TEST_F(NumberStreams, OfAnArrayAreTakenApartAsTheTrainingDid) {
    put(here() / "own.npy", as_array(numbers(400)));
    run_well({"--data", "own.npy", "--layers", "8-2-8", "--activation", "tanh", "--lr", "0.01", "--epochs", "3",
              "--val", "split:0.25", "--engine", "cpu", "--out", "own"});
    const json document = json::parse(run_well({"eval", "own", "--split", "val", "--json"}));
    EXPECT_EQ(document.at("images"), 100);
    const double loss = std::stod(load_model(here() / "own/model.safetensors").metadata.at("val_loss"));
    EXPECT_NEAR(document.at("mse").get<double>(), loss, 1e-5);
    const Answer shown = run({"eval", "own"});
    EXPECT_THAT(shown.err, HasSubstr("own.npy: 400 rows, none of them test rows, of 4 numbers"));
    put(here() / "own.npy", as_array(numbers(399)));
    const Answer changed = run({"eval", "own"});
    EXPECT_EQ(changed.code, 3);
    EXPECT_THAT(changed.err, HasSubstr("holds other training images now"));
}

}  // namespace
}  // namespace ae::number_streams_test
