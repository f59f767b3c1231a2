#include "file/safetensors.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstring>
#include <limits>

#include "ae/error.h"
#include "live_memory.h"
#include "temporary_folder.h"

namespace ae::safetensors_test {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::StartsWith;

std::string file_of(const std::string& header, const std::string& data = "") {
    const std::uint64_t n = header.size();
    return std::string(reinterpret_cast<const char*>(&n), sizeof n) + header + data;
}

/// A header with the one tensor "a" and what stands in its braces.
std::string entry(const std::string& inside) {
    return "{\"a\":{" + inside + "}}";
}

std::string refusal(const std::string& bytes) {
    return message_of<ModelError>([&] { parse_safetensors(bytes, "f"); });
}

TensorFile example() {
    TensorFile file;
    file.metadata["k"] = "v\"\né";
    file.tensors["b"] = tensor_of(std::vector<float>{0, 1}, {2, 1});
    file.tensors["a"] = tensor_of(std::vector<float>{1, 2}, {2});
    file.tensors["step"] = tensor_of(std::int64_t(7));
    file.tensors["u"] = {Dtype::u8, {3}, "\x01\x02\xff"};
    file.tensors["z"] = {Dtype::f32, {0, 3}, ""};
    file.tensors["é\""] = {Dtype::i16, {1}, "\xff\xff"};
    return file;
}

/// What the Python package safetensors 0.8 writes for the same content.
std::string example_bytes() {
    const std::string data("\x07\0\0\0\0\0\0\0\0\0\x80?\0\0\0@\0\0\0\0\0\0\x80?\xff\xff\x01\x02\xff", 29);
    return file_of(
        "{\"__metadata__\":{\"k\":\"v\\\"\\né\"},"
        "\"step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[16,24]},"
        "\"z\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[24,24]},"
        "\"é\\\"\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[24,26]},"
        "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[26,29]}} ",
        data);
}

TEST(Safetensors, WritesTheBytesOfTheReference) {
    EXPECT_EQ(serialize_safetensors(example()), example_bytes());
    EXPECT_EQ(serialize_safetensors({}), file_of("{}      "));
}

TEST(Safetensors, ReadsWhatItWrites) {
    const TemporaryFolder folder;
    write_safetensors(folder / "f", example());
    const TensorFile file = read_safetensors(folder / "f");
    EXPECT_EQ(file.metadata, example().metadata);
    EXPECT_EQ(file.tensors, example().tensors);
}

TEST(Safetensors, WriterRefusesATensorThatDoesNotFitItsShape) {
    TensorFile file;
    file.tensors["a"] = {Dtype::f32, {2}, "1234567"};
    EXPECT_THROW(serialize_safetensors(file), std::logic_error);
}

TEST(Safetensors, WriterReplacesWhatIsNotUtf8) {
    TensorFile file;
    file.metadata["data"] = "\xff.idx";
    EXPECT_EQ(parse_safetensors(serialize_safetensors(file), "f").metadata["data"], "\uFFFD.idx");
}

TEST(Safetensors, AcceptsWhatTheReferenceAccepts) {
    const std::string a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
    const std::vector<std::string> accepted{
        file_of("{}"),
        file_of(" \n{" + a + "}\t ", "1"),
        file_of("{" + a + R"(,"__metadata__":{"x":"y"}})", "1"),
        file_of(R"({"__metadata__":null,)" + a + "}", "1"),
        file_of(entry(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"x":3,"y":[true],"z":"w","n":null)"), "1"),
        file_of(entry(R"("dtype":"F4","shape":[2],"data_offsets":[0,1])"), "1"),
        file_of(entry(R"("data_offsets":[0,8],"shape":[],"dtype":"F64")"), "12345678"),
        file_of(R"({"z":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},)" + a + "}", "1"),
    };
    for (const std::string& bytes : accepted) EXPECT_EQ(refusal(bytes), "") << bytes.substr(8);
}

TEST(Safetensors, AFileReadFromPythonKeepsEveryDtype) {
    for (int d = 0; d <= static_cast<int>(Dtype::u64); ++d) {
        const auto dtype = static_cast<Dtype>(d);
        TensorFile file;
        file.tensors["a"] = {dtype, {8}, std::string(byte_size(dtype, std::vector<std::uint64_t>{8}).value(), 'x')};
        EXPECT_EQ(parse_safetensors(serialize_safetensors(file), "f").tensors, file.tensors) << dtype_name(dtype);
    }
}

std::string repeated(const std::string& text, int n) {
    std::string all;
    for (int i = 0; i < n; ++i) all += text;
    return all;
}

/// "0":"","1":"", … without the first and the last quotation mark
std::string keys(int n) {
    std::string all;
    for (int i = 0; i < n; ++i) all += std::to_string(i) + "\":\"\",\"";
    return all;
}

struct Bad {
    std::string bytes, message;
};

std::vector<Bad> bad_files() {
    const std::string good = R"("dtype":"U8","shape":[1],"data_offsets":[0,1])";
    const auto two = [&](const std::string& a, const std::string& b) {
        return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + a +
               R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + b + "}}";
    };
    return {
        {"", "0 bytes are too few"},
        {"1234567", "7 bytes are too few"},
        {std::string("\x01\xe1\xf5\x05\0\0\0\0", 8), "claims 100000001 bytes, more than the 100000000 allowed"},
        {std::string(8, '\xff'), "claims 18446744073709551615 bytes"},
        {std::string("\x03\0\0\0\0\0\0\0{}", 10), "claims 3 bytes, the file has only 2 more; it was cut short"},
        {file_of(""), "does not begin with {"},
        {file_of("    "), "does not begin with {"},
        {file_of("[]"), "does not begin with {"},
        {file_of("\xef\xbb\xbf{}"), "does not begin with {"},
        {file_of("{\"\xff\":{}}"), "not JSON in UTF-8 at byte 3"},
        {file_of("{"), "not JSON"},
        {file_of("{} x"), "not JSON"},
        {file_of("{}" + std::string(1, '\0')), "holds a zero byte"},
        {file_of(entry(good + R"(,"x":1e999)"), "1"), "not JSON"},
        {file_of("{\"a\":{" + good + "},\"a\":{" + good + "}}", "1"), "has the key \"a\" twice"},
        {file_of(entry(good + R"(,"shape":[1])"), "1"), "has the key \"shape\" twice"},
        {file_of(R"({"__metadata__":{"k":"1","k":"2"}})"), "has the key \"k\" twice"},
        {file_of(R"({"__metadata__":{},"__metadata__":{}})"), "has the key \"__metadata__\" twice"},
        {file_of(R"({"a":1})"), "entry \"a\" is not an object"},
        {file_of(R"({"a":[1]})"), "entry \"a\" is not an object"},
        {file_of(R"({"a":"b"})"), "entry \"a\" is not an object"},
        {file_of(R"({"a":null})"), "entry \"a\" is not an object"},
        {file_of(R"({"__metadata__":{"k":1}})"), "entry \"__metadata__\" has a wrong kind of value as \"k\""},
        {file_of(R"({"__metadata__":{"k":null}})"), "wrong kind of value"},
        {file_of(R"({"__metadata__":{"k":["v"]}})"), "wrong kind of value"},
        {file_of(R"({"__metadata__":{"k":{"v":1}}})"), "nested too deeply at \"__metadata__\""},
        {file_of(R"({"__metadata__":"x"})"), "entry \"__metadata__\" is not an object"},
        {file_of(entry(good + R"(,"x":{"y":1})"), "1"), "nested too deeply at \"a\""},
        {file_of(entry(good + R"(,"x":[[1]])"), "1"), "nested too deeply at \"a\""},
        {file_of("{\"a\":{\"x\":" + std::string(100'000, '[')), "nested too deeply at \"a\""},
        {file_of(entry(R"("shape":[1],"data_offsets":[0,1])"), "1"), "\"a\" has no dtype"},
        {file_of(entry(R"("dtype":"U8","data_offsets":[0,1])"), "1"), "\"a\" has no shape"},
        {file_of(entry(R"("dtype":"U8","shape":[1])"), "1"), "\"a\" has no data_offsets"},
        {file_of(entry(R"("dtype":"U7","shape":[1],"data_offsets":[0,1])"), "1"), "unknown dtype \"U7\""},
        {file_of(entry(R"("dtype":3,"shape":[1],"data_offsets":[0,1])"), "1"), "wrong kind of value as \"dtype\""},
        {file_of(entry(R"("dtype":["U8"],"shape":[1],"data_offsets":[0,1])"), "1"), "wrong kind of value as \"dtype\""},
        {file_of(entry(R"("dtype":"U8","shape":1,"data_offsets":[0,1])"), "1"), "wrong kind of value as \"shape\""},
        {file_of(entry(R"("dtype":"U8","shape":"1","data_offsets":[0,1])"), "1"), "wrong kind of value as \"shape\""},
        {file_of(entry(R"("dtype":"U8","shape":["1"],"data_offsets":[0,1])"), "1"), "wrong kind of value as \"shape\""},
        {file_of(entry(R"("dtype":"U8","shape":[-1],"data_offsets":[0,1])"), "1"), "wrong kind of value as \"shape\""},
        {file_of(entry(R"("dtype":"U8","shape":[1.0],"data_offsets":[0,1])"), "1"), "wrong kind of value as \"shape\""},
        {file_of(entry(R"("dtype":"U8","shape":[true],"data_offsets":[0,1])"), "1"),
         "wrong kind of value as \"shape\""},
        {file_of(entry(R"("dtype":"U8","shape":[null],"data_offsets":[0,1])"), "1"),
         "wrong kind of value as \"shape\""},
        {file_of(entry(R"("dtype":"U8","shape":[1],"data_offsets":[0])"), "1"), "\"a\" needs two data_offsets"},
        {file_of(entry(R"("dtype":"U8","shape":[1],"data_offsets":[0,1,1])"), "1"), "more than 2 numbers"},
        {file_of(entry(R"("dtype":"U8","shape":[1)" + repeated(",1", 64) + R"(],"data_offsets":[0,1])"), "1"),
         "\"a\" has more than 64 numbers as \"shape\""},
        {file_of(
             entry(good + R"(,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1,"r":1,"s":1,"t":1,"u":1,"v":1,"w":1,"x":1)")),
         "tensor \"a\" has too many keys"},
        {file_of(two("[0,2]", "[1,3]"), "123"), "\"b\" lies at bytes 1 to 3 of the data, expected it to begin at 2"},
        {file_of(two("[0,2]", "[3,5]"), "12345"), "\"b\" lies at bytes 3 to 5 of the data, expected it to begin at 2"},
        {file_of(two("[0,2]", "[0,2]"), "12"), "\"b\" lies at bytes 0 to 2 of the data, expected it to begin at 2"},
        {file_of(two("[1,3]", "[3,5]"), "12345"), "\"a\" lies at bytes 1 to 3 of the data, expected it to begin at 0"},
        {file_of(entry(R"("dtype":"U8","shape":[0],"data_offsets":[0,-1])")), "wrong kind of value"},
        {file_of(two("[0,2]", "[2,1]"), "12"), "\"b\" lies at bytes 2 to 1"},
        {file_of(entry(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])")), "an impossible shape"},
        {file_of(entry(R"("dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0])")), "an impossible shape"},
        {file_of(entry(R"("dtype":"F4","shape":[3],"data_offsets":[0,1])"), "1"), "an impossible shape"},
        {file_of(entry(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), "1234"),
         "takes 4 bytes, its shape and dtype need 8"},
        {file_of(entry(R"("dtype":"U8","shape":[9],"data_offsets":[0,9])"), "1"),
         "need 9 bytes, 1 are there; it was cut short"},
        {file_of(entry(good), "12"), "1 bytes follow its last tensor, expected none"},
        {file_of("{}", "1"), "1 bytes follow its last tensor, expected none"},
    };
}

TEST(Safetensors, RefusesEveryBadFileWithItsOwnMessage) {
    for (const Bad& bad : bad_files()) {
        EXPECT_THAT(refusal(bad.bytes), HasSubstr(bad.message)) << bad.bytes.substr(0, 200);
        EXPECT_THAT(refusal(bad.bytes), StartsWith("f: ")) << bad.bytes.substr(0, 200);
    }
}

TEST(Safetensors, MessagesStayShortAndPlain) {
    const std::string name = "\\u001b[31m" + std::string(100'000, 'x');
    for (const std::string& header : {"{\"" + name + "\":1}", "{\"a\":\"" + name + "\xff\"}", "{\"a\"" + name})
        EXPECT_LT(refusal(file_of(header)).size(), 400u);
    EXPECT_THAT(refusal(file_of("{\"" + name + "\":1}")), HasSubstr("\"\\u001b[31mxxx"));
}

TEST(Safetensors, RefusesEveryTruncation) {
    const std::string bytes = example_bytes();
    for (std::size_t n = 0; n < bytes.size(); ++n)
        EXPECT_THAT(refusal(bytes.substr(0, n)), HasSubstr(n < 8 ? "too few" : "cut short")) << n;
}

TEST(Safetensors, AFlippedBitIsRefusedOrReadAsSomethingElse) {
    const std::string bytes = example_bytes();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        try {
            const TensorFile file = parse_safetensors(flipped, "f");
            EXPECT_FALSE(file.metadata == example().metadata && file.tensors == example().tensors) << bit;
        } catch (const ModelError&) {
        }
    }
}

TEST(Safetensors, MemoryStaysWithinASmallMultipleOfTheFile) {
    const std::string zeros = repeated("0,", 500'000) + "0";
    const std::vector<std::string> greedy{
        file_of(entry("\"shape\":[" + zeros + "]")),
        file_of(entry("\"x\":[" + zeros + "]")),
        file_of("{\"__metadata__\":{\"" + keys(100'000) + "\":\"\"}}"),
        file_of("{\"a\":{\"" + keys(100'000) + "\":\"\"}}"),
        file_of(std::string(1'000'000, '{')),
        file_of("{\"a\":{\"x\":" + std::string(1'000'000, '[')),
        file_of(entry(R"("dtype":"U8","shape":[99999999999],"data_offsets":[0,99999999999])")),
        std::string("\xff\xe0\xf5\x05\0\0\0\0{}", 10),
    };
    for (const std::string& bytes : greedy) {
        const std::size_t before = test::live_memory(), peak_before = test::restart_peak_memory();
        ASSERT_EQ(before, peak_before);
        refusal(bytes);
        EXPECT_LT(test::peak_memory() - before, 20 * bytes.size() + 20'000) << bytes.substr(8, 30);
    }
}

TEST(ReadSafetensors, SaysWhyAFileCannotBeRead) {
    const TemporaryFolder folder;
    const auto message = [&](const std::string& name) {
        return message_of<ModelError>([&] { read_safetensors(folder / name); });
    };
    EXPECT_THAT(message("missing"), HasSubstr("missing: cannot read it: No such file or directory"));
    EXPECT_THAT(message("."), HasSubstr("not a regular file"));
    test::put(folder / "short", "123");
    EXPECT_THAT(message("short"), HasSubstr("short: 3 bytes are too few"));
    EXPECT_THAT(message_of<ModelError>([] { read_safetensors("/dev/zero"); }), HasSubstr("not a regular file"));
}

TEST(ReadSafetensors, LooksAtTheBeginningBeforeItTakesMemoryForTheRest) {
    const TemporaryFolder folder;
    test::put(folder / "vast", "\x89PNG\r\n\x1a\n");
    std::filesystem::resize_file(folder / "vast", std::uintmax_t(1) << 40);
    const std::size_t before = test::restart_peak_memory();
    EXPECT_THAT(message_of<ModelError>([&] { read_safetensors(folder / "vast"); }), HasSubstr("more than the"));
    EXPECT_LT(test::peak_memory() - before, 10'000u);
}

TEST(ReadSafetensors, TakesNoMemoryForTensorsThatTheFileHasNoRoomFor) {
    const TemporaryFolder folder;
    test::put(folder / "sparse", serialize_safetensors(example()));
    std::filesystem::resize_file(folder / "sparse", std::uintmax_t(1) << 40);
    const std::size_t before = test::restart_peak_memory();
    EXPECT_THAT(message_of<ModelError>([&] { read_safetensors(folder / "sparse"); }),
                HasSubstr("follow its last tensor"));
    EXPECT_LT(test::peak_memory() - before, 1'000'000u);
}

TEST(Safetensors, WritesNoHeaderThatNobodyReads) {
    TensorFile file;
    file.metadata["note"] = std::string(kLargestTensorHeader, 'x');
    EXPECT_THAT(message_of<OutputError>([&] { serialize_safetensors(file); }), HasSubstr("that readers allow"));
}

TEST(Checksum, CoversNamesTypesShapesBytesAndTexts) {
    const std::string sum = checksum(example());
    EXPECT_EQ(sum.size(), 8u);
    const auto changed = [&](auto change) {
        TensorFile file = example();
        change(file);
        return checksum(file) != sum;
    };
    EXPECT_TRUE(changed([](TensorFile& f) { f.metadata["k"] += ' '; }));
    EXPECT_TRUE(changed([](TensorFile& f) { f.metadata["l"] = ""; }));
    EXPECT_TRUE(changed([](TensorFile& f) { f.tensors["a"].bytes[3] ^= 1; }));
    EXPECT_TRUE(changed([](TensorFile& f) { f.tensors["a"].shape = {2, 1}; }));
    EXPECT_TRUE(changed([](TensorFile& f) { f.tensors["a"].dtype = Dtype::i32; }));
    EXPECT_TRUE(changed([](TensorFile& f) { f.tensors["c"] = f.tensors.extract("a").mapped(); }));
    EXPECT_TRUE(changed([](TensorFile& f) { f.tensors.erase("z"); }));
    EXPECT_FALSE(changed([](TensorFile& f) { f.metadata["crc32"] = "12345678"; }));
}

}  // namespace
}  // namespace ae::safetensors_test
