#include "train/metrics_log.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ae/error.h"
#include "failing_calls.h"
#include "temporary_folder.h"

namespace ae {
namespace {

using nlohmann::json;
using test::content_of;
using test::message_of;
using test::put;
using test::TemporaryFolder;
using testing::AnyOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

History example() {
    return {{1, 0.25, 0.1234567891234, 1e-10, 2.5, 123456.7}, {2, 0.125, std::nan(""), 0.5, 0.3, 1e9}};
}

std::vector<json> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<json> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
}

TEST(MetricsCsv, HasARowAnEpoch) {
    EXPECT_EQ(metrics_csv({}), "epoch,loss,val_loss,val_mse,images_per_s,seconds\n");
    EXPECT_EQ(metrics_csv(example()),
              "epoch,loss,val_loss,val_mse,images_per_s,seconds\n"
              "1,0.25,0.123456789,1e-10,123456.7,2.5\n"
              "2,0.125,nan,0.5,1e+09,0.3\n");
}

TEST(EpochTable, BeginsWithTheHistoryAndGrows) {
    const TemporaryFolder folder;
    put(folder / "metrics.csv", metrics_csv(example()) + "3,0.1,0.");  // of a run that came further and was killed
    const History shorter{example()[0]};
    EpochTable table(folder / "metrics.csv", shorter);
    EXPECT_EQ(content_of(folder / "metrics.csv"), metrics_csv(shorter));
    table.add(example()[1]);
    EXPECT_EQ(content_of(folder / "metrics.csv"), metrics_csv(example()));
}

TEST(EpochTable, AnyFailingCallLeavesTheOldTableOrWholeLines) {
    const TemporaryFolder folder;
    const std::string old = metrics_csv({example()[1]}), begun = metrics_csv({example()[0]});
    const int thrown = test::with_every_call_failing<OutputError>(
        EIO, [&] { put(folder / "t", old); }, [&] { EpochTable(folder / "t", {example()[0]}).add(example()[1]); },
        [&](const std::string&) { EXPECT_THAT(content_of(folder / "t"), AnyOf(old, begun, metrics_csv(example()))); });
    EXPECT_GE(thrown, 2 * 9);
}

TEST(MetricsCsv, NineDigitsBringEveryFloatBack) {
    for (float loss = 0.08f; loss < 0.0801f; loss = std::nextafter(loss, 1.0f)) {
        const std::string row = metrics_csv({{1, static_cast<double>(loss), 0, 0, 0, 0}}).substr(51);
        ASSERT_EQ(std::strtof(row.c_str(), nullptr), loss) << row;
    }
}

TEST(EventLog, AddsOneObjectALine) {
    const TemporaryFolder folder;
    EventLog log(folder / "metrics.jsonl");
    log.add("epoch", epoch_json(example()[0]));
    log.add("resume", {{"step", 7}, {"text", "a\nb"}});
    const std::string text = content_of(folder / "metrics.jsonl");
    EXPECT_THAT(text, StartsWith("{\"event\":\"epoch\",\"time\":\"20"));
    EXPECT_THAT(text, HasSubstr("Z\",\"epoch\":1,\"loss\":0.25,\"val_loss\":0.123456789,\"val_mse\":1e-10,"
                                "\"images_per_s\":123456.7,\"seconds\":2.5}\n"));
    const std::vector<json> lines = lines_of(folder / "metrics.jsonl");
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[1]["text"], "a\nb");
    EXPECT_THAT(lines[1]["time"].get<std::string>(), MatchesRegex("20..-..-..T..:..:..Z"));
}

TEST(EventLog, WhatIsNotANumberBecomesNullAndSaysSo) {
    const TemporaryFolder folder;
    EventLog log(folder / "metrics.jsonl");
    log.add("epoch", epoch_json(example()[1]));
    log.add("end", {{"loss", -HUGE_VAL}, {"step", 3}});
    log.add("end", {{"loss", 1.0}});
    const std::vector<json> lines = lines_of(folder / "metrics.jsonl");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_TRUE(lines[0]["val_loss"].is_null());
    EXPECT_EQ(lines[0]["nan"], true);
    EXPECT_TRUE(lines[1]["loss"].is_null());
    EXPECT_EQ(lines[1]["nan"], true);
    EXPECT_FALSE(lines[2].contains("nan"));
}

TEST(EventLog, GoesOnBehindWhatIsThereWithoutAHalfLine) {
    const TemporaryFolder folder;
    const std::string whole = "{\"event\":\"start\"}\n";
    for (const char* half : {"", "{", "{\"event\":\"epo", "{\"event\":\"epoch\"}"}) {
        put(folder / "metrics.jsonl", whole + half);
        EventLog(folder / "metrics.jsonl").add("resume", {});
        const std::vector<json> lines = lines_of(folder / "metrics.jsonl");
        ASSERT_EQ(lines.size(), 2u) << half;
        EXPECT_EQ(lines[0]["event"], "start");
        EXPECT_EQ(lines[1]["event"], "resume");
    }
    put(folder / "metrics.jsonl", "no end of line at all");
    const EventLog log(folder / "metrics.jsonl");
    EXPECT_EQ(content_of(folder / "metrics.jsonl"), "");
}

TEST(EventLog, IsCutBackToTheEndOfAnEpoch) {
    const TemporaryFolder folder;
    const std::string begin = "{\"event\":\"start\"}\nno JSON\n[1]\n{\"event\":\"epoch\",\"epoch\":1}\n",
                      rest = "{\"event\":\"epoch\",\"epoch\":2}\n{\"event\":\"end\"}\n";
    put(folder / "log", begin + rest);
    EventLog log(folder / "log");
    log.cut_after(2);
    EXPECT_EQ(content_of(folder / "log"), begin + rest);
    log.cut_after(1);
    EXPECT_EQ(content_of(folder / "log"), begin);
    log.add("resume", {});
    EXPECT_EQ(content_of(folder / "log").substr(0, begin.size() + 16), begin + "{\"event\":\"resume");
}

/// No line of another program's ends the reader.
TEST(EventLog, ReadsBracketsOfAnyDepth) {
    constexpr std::size_t kDepth = 200'000;  // that no stack holds a copy of
    const TemporaryFolder folder;
    const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']'),
                      begin = "{\"event\":" + deep + "}\n{\"event\":\"epoch\",\"epoch\":" + deep + "}\n",
                      rest = "{\"event\":\"epoch\",\"epoch\":2}\n";
    put(folder / "log", begin + rest);
    EventLog(folder / "log").cut_after(1);
    EXPECT_EQ(content_of(folder / "log"), begin);
}

TEST(EventLog, AFullDiskLeavesNoHalfLine) {
    const TemporaryFolder folder;
    EventLog log(folder / "metrics.jsonl");
    log.add("start", {});
    const std::string before = content_of(folder / "metrics.jsonl");
    test::FailingCalls::longest_write() = 5;
    std::string what;
    {
        const test::FailingCalls faults(3, ENOSPC, false);
        what = message_of<OutputError>([&] { log.add("epoch", {}); });
    }
    test::FailingCalls::longest_write() = static_cast<std::size_t>(-1);
    EXPECT_THAT(what, HasSubstr("metrics.jsonl: cannot add a line: No space left on device"));
    EXPECT_EQ(content_of(folder / "metrics.jsonl"), before);
    log.add("end", {});
    EXPECT_EQ(lines_of(folder / "metrics.jsonl").size(), 2u);
}

TEST(EventLog, AnyFailingCallLeavesWholeLines) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder / "metrics.jsonl";
    const int thrown = test::with_every_call_failing<OutputError>(
        EIO, [&] { put(path, "{\"event\":\"start\"}\n{\"ev"); },
        [&] {
            EventLog(path).add("epoch", {{"step", 1}});
        },
        [&](const std::string&) {
            const EventLog repaired(path);
            EXPECT_LE(lines_of(path).size(), 2u);
        });
    EXPECT_GE(thrown, 2 * 3);
}

TEST(EventLog, SaysWhyItCannotBeOpened) {
    const TemporaryFolder folder;
    EXPECT_THAT(message_of<OutputError>([&] { EventLog(folder / "missing/log"); }),
                HasSubstr("log: cannot open it: No such file or directory"));
}

}  // namespace
}  // namespace ae
