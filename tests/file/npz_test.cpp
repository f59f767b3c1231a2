// .npz archives as NumPy writes them, and everything that must be refused.
#include "file/npz.h"

#include <gmock/gmock.h>

#include <functional>

#include "ae/error.h"
#include "file/npy.h"
#include "live_memory.h"
#include "temporary_folder.h"
#include "zip_files.h"

namespace ae::npz_test {
namespace {

using test::deflated;
using test::stored;
using test::zip_file;
using test::ZipMember;
using testing::HasSubstr;
using Arrays = std::map<std::string, Tensor>;

Arrays example() {
    return {{"encoder.0.weight", tensor_of(std::vector<float>{0, 1, 2, 3, 4, -5.5f}, {2, 3})},
            {"encoder.0.bias", tensor_of(std::vector<float>{7, 8}, {2})},
            {"step", tensor_of(std::int64_t(12))}};
}

std::string npy(std::size_t zeros = 4) {
    return serialize_npy(std::vector<std::uint8_t>(zeros), std::vector<std::uint64_t>{zeros});
}

std::string refusal(const std::string& bytes) {
    const std::string message = test::message_of<DataError>([&] { parse_npz(bytes, "x.npz"); });
    EXPECT_TRUE(message.empty() || message.starts_with("x.npz: ")) << message;
    return message;
}

std::string refusal(const std::vector<ZipMember>& members) {
    return refusal(zip_file(members));
}

TEST(Npz, ReadsWhatItWrites) {
    EXPECT_EQ(parse_npz(serialize_npz(example()), "x"), example());
    EXPECT_EQ(serialize_npz(example()), serialize_npz(example()));
}

TEST(Npz, ReadsStoredDeflatedAndZip64Members) {
    const std::string array = serialize_npy(tensor_of(std::vector<float>{1, 2}, {2}));
    ZipMember large = stored("c.npy", array);
    large.zip64 = true;
    const Arrays arrays = parse_npz(zip_file({stored("a.npy", array), deflated("b.npy", array), large}), "x");
    ASSERT_EQ(arrays.size(), 3u);
    for (const auto& [name, tensor] : arrays) EXPECT_EQ(tensor, tensor_of(std::vector<float>{1, 2}, {2})) << name;
}

TEST(Npz, KeepsTypesAndTurnsFortranOrder) {
    std::string fortran = serialize_npy(tensor_of(std::vector<float>{0, 3, 1, 4, 2, 5}, {2, 3}));
    fortran.replace(fortran.find("False"), 5, "True,").replace(fortran.find("True,,"), 6, "True, ");
    const Tensor doubles{Dtype::f64, {1}, std::string(8, '\1')};
    const Arrays arrays = parse_npz(zip_file({stored("f.npy", fortran), stored("d.npy", serialize_npy(doubles))}), "x");
    EXPECT_EQ(arrays.at("f"), tensor_of(std::vector<float>{0, 1, 2, 3, 4, 5}, {2, 3}));
    EXPECT_EQ(arrays.at("d"), doubles);
}

TEST(Npz, EveryTruncationIsRefused) {
    const std::string whole = serialize_npz(example());
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
}

TEST(Npz, NoFlippedBitGivesOtherNumbers) {
    const std::string whole = zip_file({stored("a.npy", npy(8)), deflated("b.npy", npy(8))});
    const Arrays expected = parse_npz(whole, "x");
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        std::string damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        if (!refusal(damaged).empty()) continue;
        for (const auto& [name, tensor] : parse_npz(damaged, "x"))
            EXPECT_EQ(tensor, expected.begin()->second) << "bit " << bit;
    }
}

TEST(Npz, RefusesWhatIsNoArchiveOfArrays) {
    EXPECT_THAT(refusal(""), HasSubstr("cannot be read as an .npz archive"));
    EXPECT_THAT(refusal("PK\x03\x04"), HasSubstr("cannot be read as an .npz archive"));
    EXPECT_THAT(refusal({stored("word/document.xml", "<xml>")}), HasSubstr("'word/document.xml' is no array"));
    EXPECT_THAT(refusal({stored("a.npy", "text")}), HasSubstr("x.npz: a.npy: is not an .npy file"));
    using namespace std::string_literals;
    const std::string objects = "\x93NUMPY\1\0\x76\0{'descr': '|O', 'fortran_or"s;
    const std::string array = serialize_npy(std::vector<float>{1}, std::vector<std::uint64_t>{1});
    EXPECT_THAT(refusal({stored("a.npy", objects + array.substr(objects.size()))}), HasSubstr("x.npz: a.npy: "));
}

TEST(Npz, RefusesNamesThatOccurTwice) {
    EXPECT_NE(refusal({stored("a.npy", npy()), stored("a.npy", npy())}), "");
}

TEST(Npz, RefusesMembersThatOverlap) {
    ZipMember again = stored("b.npy", npy(4096));
    again.at_the_first = true;
    EXPECT_NE(refusal({stored("a.npy", npy(4096)), again}), "");
    again.name = "a.npy";
    EXPECT_NE(refusal({stored("a.npy", npy(4096)), again}), "");
}

TEST(Npz, RefusesEncryptedAndUnknownMethods) {
    ZipMember member = stored("a.npy", npy());
    member.flags = 1;
    EXPECT_THAT(refusal({member}), HasSubstr("a.npy is encrypted"));
    member.flags = 0, member.method = 12;
    EXPECT_THAT(refusal({member}), HasSubstr("a.npy is packed by method 12"));
}

TEST(Npz, RefusesADamagedMember) {
    ZipMember member = stored("a.npy", npy());
    member.crc ^= 1;
    EXPECT_THAT(refusal({member}), HasSubstr("a.npy is damaged: CRC error"));
    member = deflated("a.npy", npy(1000));
    member.packed[10] = static_cast<char>(member.packed[10] ^ 0x55);
    EXPECT_THAT(refusal({member}), HasSubstr("a.npy is damaged"));
}

TEST(Npz, RefusesSizesThatCannotBe) {
    ZipMember member = stored("a.npy", npy());
    member.size += 1;
    EXPECT_THAT(refusal({member}), HasSubstr("more than its"));
    member = deflated("a.npy", npy(100'000));
    member.size = static_cast<std::uint32_t>(member.packed.size()) * 1032 + 1;
    EXPECT_THAT(refusal({member}), HasSubstr("more than its"));
    member = deflated("a.npy", npy(100'000));
    member.size -= 1;
    EXPECT_THAT(refusal({member}), HasSubstr("a.npy"));
    member.size += 2;
    EXPECT_THAT(refusal({member}), HasSubstr("a.npy is damaged"));
}

TEST(Npz, TakesNoMemoryForWhatAnArchiveOnlyClaims) {
    std::vector<ZipMember> members;
    for (int i = 0; i < 300; ++i) {
        members.push_back(deflated(std::to_string(i) + ".npy", npy(1'000'000)));
        members.back().crc ^= 1;
    }
    const std::string bomb = zip_file(members);
    ASSERT_LT(bomb.size(), 500'000u);
    const std::size_t before = test::restart_peak_memory();
    EXPECT_THAT(refusal(bomb), HasSubstr("unpack to more than 268435456 bytes"));
    EXPECT_LT(test::peak_memory() - before, 1'000'000u);
}

}  // namespace
}  // namespace ae::npz_test
