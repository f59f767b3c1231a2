// A run's config.json: it holds options by their own names, and given back it makes the same run again.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "file/safetensors.h"
#include "program.h"

namespace ae::config_test {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
    std::istringstream words(line);
    return {std::istream_iterator<std::string>(words), {}};
}

class ConfigOfARun : public testing::Test {
protected:
    ConfigOfARun() {
        write_idx_folder(here() / "data", 120, 40, 8);
        std::string table = "id,a,b,c,d,kind\n";
        for (int i = 0; i < 60; ++i)
            table += fmt::format("{},{},{},{},{},{}\n", i, i, i * i % 17, -0.5 * i, i % 5, i % 3 == 0 ? "x" : "y");
        put(here() / "t.csv", table);
    }

    fs::path here() const { return folder_.path(); }
    Answer run(const Words& words) const { return run_program_well(on_one_thread(words), here()); }
    json config(const std::string& run_folder) const {
        return json::parse(content_of(here() / run_folder / "config.json"));
    }
    auto tensors(const std::string& run_folder) const {
        return read_safetensors(here() / run_folder / "model.safetensors").tensors;
    }

    /// All that the options ask for is in the file, and the file makes the same weights and the same file.
    void expect_the_same_again(Words words, const json& asked) const {
        words.insert(words.end(), {"--out", "first"});
        run(words);
        json written = config("first");
        for (const auto& [key, value] : asked.items()) EXPECT_EQ(written.value(key, json()), value) << key;
        run({"--config", "first/config.json", "--out", "again"});
        EXPECT_TRUE(tensors("first") == tensors("again")) << "other weights, or another scale";
        EXPECT_EQ(content_of(here() / "first/config.json"), content_of(here() / "again/config.json"));
        const std::string help = run_program({"train", "--help-all"}, here()).out;
        written.erase("made_by");
        for (const auto& [key, value] : written.items()) EXPECT_THAT(help, HasSubstr("--" + key)) << "no option";
    }

    TemporaryFolder folder_;
};

TEST_F(ConfigOfARun, OfATableMakesItAgain) {
    expect_the_same_again(words_of("--data t.csv --label kind --ignore id --ignore b --scale minmax --loss mse --keep "
                                   "best --layers 2 --epochs 3 --lr 0.01 --eps 1e-6 --batch-size 16 --shards 2"),
                          {{"data", "t.csv"},
                           {"label", "kind"},
                           {"ignore", "id,b"},
                           {"scale", "minmax"},
                           {"loss", "mse"},
                           {"keep", "best"},
                           {"layers", "3-2-3"},
                           {"val", "split:0.1"},
                           {"shards", 2}});
}

TEST_F(ConfigOfARun, OfImagesMakesItAgain) {
    run(words_of("--data data --layers 8 --epochs 1 --out start"));
    expect_the_same_again(
        words_of("--data data --transpose --init start --labels 0-7 --exclude 3 --val split:0.2:7 --noise mask:0.2 "
                 "--schedule cosine --epochs 2 --seed 5 --beta1 0.8 --beta2 0.9 --batch-size 16 --math bf16 "
                 "--activation tanh --code-activation linear --early-stop 4 --checkpoint-every 2e"),
        {{"transpose", true},
         {"init", "start"},
         {"labels", "0-7"},
         {"exclude", "3"},
         {"val", "split:0.2:7"},
         {"noise", "mask:0.2"},
         {"schedule", "cosine"},
         {"math", "bf16"},
         {"activation", "tanh"},
         {"early-stop", 4},
         {"checkpoint-every", "2e"}});
}

TEST_F(ConfigOfARun, OfChangedImagesMakesItAgain) {
    expect_the_same_again(words_of("--data data --resize 6x5 --gray --layers 8 --epochs 1"),
                          {{"resize", "6x5"}, {"gray", true}, {"layers", "30-8-30"}});
}

TEST_F(ConfigOfARun, HasTheOwnNameOfWhatHasTwo) {
    run(words_of("--data data --layers 8 --epochs 1 --batch 24 --learning-rate 0.004 --digits 2-6 --out run"));
    const json written = config("run");
    EXPECT_EQ(written.at("batch-size"), 24);
    EXPECT_EQ(written.at("lr"), 0.004);
    EXPECT_EQ(written.at("labels"), "2-6");
    for (const char* other : {"batch", "learning-rate", "digits"}) EXPECT_FALSE(written.contains(other)) << other;
    put(here() / "other.json", R"({"batch": 24, "learning-rate": 0.004, "digits": "2-6"})");
    run(words_of("--config other.json --data data --layers 8 --epochs 1 --out by_file"));
    EXPECT_TRUE(tensors("by_file") == tensors("run"));
    run(words_of("--config other.json --batch-size 12 --data data --layers 8 --epochs 1 --out other"));
    EXPECT_EQ(config("other").at("batch-size"), 12) << "the command line wins by either name";
    EXPECT_EQ(config("other").at("lr"), 0.004);
}

}  // namespace
}  // namespace ae::config_test
