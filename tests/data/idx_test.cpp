#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <set>

#include "ae/dataset.h"
#include "ae/error.h"
#include "file/sha256.h"
#include "idx_files.h"

namespace ae::idx_test {
namespace {

using test::counting_idx;
using test::gzip;
using test::idx;
using testing::HasSubstr;
using testing::StartsWith;

Idx read(const std::string& bytes) {
    const test::TemporaryFolder folder;
    return read_idx(test::write(folder / "file", bytes));
}

std::string refusal(const std::string& bytes) {
    return test::message_of<DataError>([&] { read(bytes); });
}

std::string with(std::string bytes, std::size_t at, int value) {
    bytes.at(at) = static_cast<char>(value);
    return bytes;
}

TEST(Sha256, HashesTheStandardsExample) {
    Sha256 hash;
    const std::string text = "abc";
    hash.update(std::as_bytes(std::span(text)));
    EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Idx, ReadsPlainAndGzipByContent) {
    const std::string bytes = counting_idx({3, 4, 5});
    const Idx plain = read(bytes), compressed = read(gzip(bytes));
    EXPECT_EQ(plain.dimensions, (std::vector<std::uint32_t>{3, 4, 5}));
    ASSERT_EQ(plain.values.size(), 60u);
    for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(plain.values[i], i);
    EXPECT_EQ(compressed.dimensions, plain.dimensions);
    EXPECT_EQ(compressed.values, plain.values);
    EXPECT_EQ(compressed.sha256, plain.sha256);
    Sha256 hash;
    hash.update(std::as_bytes(std::span(bytes)));
    EXPECT_EQ(plain.sha256, hash.hex());
}

TEST(Idx, ReadsGzipInSeveralMembers) {
    const std::string bytes = counting_idx({9});
    EXPECT_EQ(read(gzip(bytes.substr(0, 5)) + gzip(bytes.substr(5))).values.size(), 9u);
}

TEST(Idx, ReadsMoreThanItAllocatesAtFirst) {
    const std::uint32_t count = (1u << 26) + 3;
    const std::string bytes = idx({count}, std::string(count, '\7'));
    for (const std::string& file : {bytes, gzip(bytes)}) {
        const Idx got = read(file);
        ASSERT_EQ(got.values.size(), count);
        EXPECT_EQ(std::count(got.values.begin(), got.values.end(), 7), count);
    }
}

TEST(Idx, RefusesEveryDamageInItsOwnWords) {
    const std::string good = counting_idx({2, 3}), packed = gzip(good);
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "holds 0 bytes"},
        {good.substr(0, 3), "holds 3 bytes"},
        {with(good, 0, 0x89), "begins with 89 00"},
        {with(good, 2, 0x0D), "32-bit floats (IDX type 0x0d)"},
        {with(good, 2, 0x0A), "an unknown type (IDX type 0x0a)"},
        {with(good, 3, 0), "declares 0 dimensions"},
        {with(good, 3, 200), "declares 200 dimensions"},
        {good.substr(0, 9), "ends within its 2 dimensions"},
        {idx({2, 0}, ""), "declares 2×0 values: a dimension is 0"},
        {idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "x"), "4294967295×4294967295×4294967295 values, an overflow"},
        {good.substr(0, good.size() - 1), "declares 2×3 = 6 values; 5 bytes follow the header: cut short"},
        {good + "x", "declares 2×3 = 6 values; 7 bytes follow the header: too long"},
        {gzip(good.substr(0, good.size() - 1)), "declares 6 values; it holds 5: cut short"},
        {gzip(good + "x"), "declares 6 values but has data after them"},
        {gzip(idx({60000, 28, 28}, "x")), "declares 60000×28×28 = 47040000 values, more than a gzip file of"},
        {packed.substr(0, packed.size() - 9), "the gzip data end too early"},
        {with(packed, packed.size() - 8, packed[packed.size() - 8] ^ 1), "damaged (incorrect data check)"},
        {with(packed, 10, 0xFF), "the gzip data are damaged (invalid block type)"},
    };
    std::set<std::string> messages;
    for (const auto& [bytes, expected] : cases) {
        const std::string message = refusal(bytes);
        EXPECT_THAT(message, HasSubstr(expected));
        messages.insert(message.substr(message.find(": ")));
    }
    EXPECT_EQ(messages.size(), cases.size()) << "two kinds of damage share a message";
}

TEST(Idx, RefusesEveryTruncationAndEveryBitFlipOfTheHeader) {
    const std::string good = counting_idx({2, 3}), packed = gzip(good);
    for (const std::string& file : {good, packed})
        for (std::size_t n = 0; n < file.size(); ++n) EXPECT_THROW(read(file.substr(0, n)), DataError) << n;
    for (std::size_t bit = 0; bit < 12 * 8; ++bit) {
        const int flipped = good[bit / 8] ^ (1 << bit % 8);
        EXPECT_THROW(read(with(good, bit / 8, flipped)), DataError) << bit;
    }
}

TEST(Idx, NamesTheFileAndWhyItCannotBeRead) {
    const test::TemporaryFolder folder;
    const auto message = [](const std::filesystem::path& path) {
        return test::message_of<DataError>([&] { read_idx(path); });
    };
    const std::string missing = (folder / "absent").string();
    EXPECT_THAT(message(missing), StartsWith(missing + ": cannot be opened: No such file"));
    EXPECT_THAT(message(folder.path()), HasSubstr("is not a regular file"));
    ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(message(folder / "pipe"), HasSubstr("is not a regular file"));  // and does not wait for a writer
}

long peak_kilobytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/// In a child, so that memory which other tests have had and given back hides nothing.
void refuse_within(const std::string& path, long kilobytes) {
    const long before = peak_kilobytes();
    try {
        read_idx(path);
    } catch (const DataError&) {
        std::exit(peak_kilobytes() - before < kilobytes ? 0 : 1);
    }
    std::exit(2);
}

void read_within(const std::string& path, long kilobytes) {
    const long before = peak_kilobytes();
    read_idx(path);
    std::exit(peak_kilobytes() - before < kilobytes ? 0 : 1);
}

TEST(IdxDeathTest, AFileCostsTheMemoryOfItsValuesOnce) {
    const test::TemporaryFolder folder;
    constexpr std::uint32_t kValues = 200 << 20;
    const std::string path = test::write(folder / "large", gzip(idx({kValues}, std::string(kValues, '\0'))));
    EXPECT_EXIT(read_within(path, 250'000), testing::ExitedWithCode(0), "");
}

TEST(IdxDeathTest, AGzipBombCostsNoMemory) {
    const test::TemporaryFolder folder;
    const std::string zeros(std::size_t(64) << 20, '\0');
    const std::string beyond = test::write(folder / "beyond", gzip(idx({10}, zeros)));
    const std::string lie = test::write(folder / "lie", gzip(idx({300, 1 << 20}, "")) + std::string(400'000, 'x'));
    EXPECT_EXIT(refuse_within(beyond, 40'000), testing::ExitedWithCode(0), "");
    EXPECT_EXIT(refuse_within(lie, 200'000), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace ae::idx_test
