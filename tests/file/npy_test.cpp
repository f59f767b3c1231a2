// .npy files as NumPy writes them, old and odd ones, and everything that must be refused.
#include "file/npy.h"

#include <gtest/gtest.h>

#include "ae/error.h"
#include "temporary_folder.h"

namespace ae::npy_test {
namespace {

using Shape64 = std::vector<std::uint64_t>;

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string file_with(const std::string& header, const std::string& values, int major = 1) {
    std::string file = "\x93NUMPY";
    file +=
        {static_cast<char>(major), 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
    if (major > 1) file += {0, 0};
    return file + header + values;
}

std::vector<float> floats(const Npy& npy) {
    return std::get<std::vector<float>>(npy.values);
}

std::string refusal(const std::string& bytes) {
    try {
        parse_npy(bytes, "x.npy");
    } catch (const DataError& error) {
        return error.what();
    }
    return "was read";
}

const std::vector<float> kSix = {0, 1, 2, 3, 4, -5.5f};

TEST(Npy, WritesTheBytesThatNumpyWrites) {
    const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    const std::string expected = file_with(header + std::string(117 - header.size(), ' ') + '\n', bytes_of(kSix));
    EXPECT_EQ(serialize_npy(kSix, Shape64{2, 3}), expected);
    EXPECT_EQ(expected.size(), 128u + 24u);
}

TEST(Npy, ReadsWhatItWrites) {
    const Npy npy = parse_npy(serialize_npy(kSix, Shape64{3, 2}), "x");
    EXPECT_EQ(npy.shape, (Shape64{3, 2}));
    EXPECT_EQ(floats(npy), kSix);
    const std::vector<std::uint8_t> grey = {0, 128, 255};
    EXPECT_EQ(std::get<std::vector<std::uint8_t>>(parse_npy(serialize_npy(grey, Shape64{3}), "x").values), grey);
    EXPECT_EQ(parse_npy(serialize_npy(std::vector<float>{}, Shape64{0, 64}), "x").shape, (Shape64{0, 64}));
    EXPECT_EQ(floats(parse_npy(serialize_npy(std::vector<float>{7}, Shape64{}), "x")), std::vector<float>{7});
}

TEST(Npy, ValuesBeginAtAMultipleOf64WhateverTheShape) {
    for (std::uint64_t rows = 1; rows < 10'000'000'000'000'000; rows *= 10) {
        const Shape64 shape = {rows, 0};
        const std::string file = serialize_npy(std::vector<std::int32_t>{}, shape);
        EXPECT_EQ(file.size() % 64, 0u) << rows;
        EXPECT_EQ(file.back(), '\n') << rows;
        EXPECT_EQ(parse_npy(file, "x.npy").shape, shape);
    }
}

TEST(Npy, AShapeOfAnotherSizeIsADefectOfTheCaller) {
    EXPECT_THROW(serialize_npy(kSix, Shape64{2, 2}), std::invalid_argument);
    EXPECT_THROW(serialize_npy(kSix, Shape64{1ull << 63, 2, 3}), std::invalid_argument);
}

struct Accepted {
    const char* header;
    Shape64 shape;
    int major = 1;
};

class AcceptedNpy : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedNpy, IsRead) {
    const auto& [header, shape, major] = GetParam();
    const Npy npy = parse_npy(file_with(header, bytes_of(kSix), major), "x");
    EXPECT_EQ(npy.shape, shape);
    EXPECT_EQ(floats(npy), kSix);
}

INSTANTIATE_TEST_SUITE_P(
    Headers, AcceptedNpy,
    testing::Values(Accepted{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", {2, 3}},
                    Accepted{"{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}", {2, 3}},
                    Accepted{"{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }\n", {2, 3}},
                    Accepted{"{\"descr\": \"<f4\", \"fortran_order\":False,\"shape\":(6,)}   \n", {6}},
                    Accepted{"{'descr': '<f4', 'fortran_order': True, 'shape': (6,), }", {6}},
                    Accepted{"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 6, 1,), }", {1, 6, 1}},
                    Accepted{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", {2, 3}, 2},
                    Accepted{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", {2, 3}, 3}));

TEST(Npy, FortranOrderBecomesRowMajor) {
    const std::string header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 2), }\n";
    // Element (i, j, k) is 100·i + 10·j + k; the first index runs fastest in the file.
    const std::vector<float> column_major = {0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121};
    const std::vector<float> row_major = {0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121};
    EXPECT_EQ(floats(parse_npy(file_with(header, bytes_of(column_major)), "x")), row_major);
}

TEST(Npy, BigEndianAndDoublesBecomeFloats) {
    const auto header = [](const char* type) {
        return std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (2,), }\n";
    };
    const std::vector<float> expected = {1.5f, -2};
    EXPECT_EQ(floats(parse_npy(file_with(header(">f4"), std::string("\x3F\xC0\0\0\xC0\0\0\0", 8)), "x")), expected);
    EXPECT_EQ(floats(parse_npy(file_with(header("<f8"), bytes_of(std::vector<double>{1.5, -2})), "x")), expected);
    const std::string big_doubles("\x3F\xF8\0\0\0\0\0\0\xC0\0\0\0\0\0\0\0", 16);
    EXPECT_EQ(floats(parse_npy(file_with(header(">f8"), big_doubles), "x")), expected);
}

TEST(Npy, BytesBehindTheValuesAreIgnoredAsNumpyDoes) {
    EXPECT_EQ(floats(parse_npy(serialize_npy(kSix, Shape64{6}) + "more", "x")), kSix);
}

TEST(Npy, EveryTruncationIsRefused) {
    const std::string whole = serialize_npy(kSix, Shape64{2, 3});
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_TRUE(refusal(whole.substr(0, size)).starts_with("x.npy: ")) << size;
}

struct Refused {
    std::string header;
    const char* says;
};

class RefusedNpy : public testing::TestWithParam<Refused> {};

TEST_P(RefusedNpy, SaysWhy) {
    const std::string message = refusal(file_with(GetParam().header, bytes_of(kSix)));
    EXPECT_NE(message.find(GetParam().says), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with("x.npy: ")) << message;
}

std::string header_of(const std::string& type, const std::string& shape) {
    return "{'descr': " + type + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

INSTANTIATE_TEST_SUITE_P(
    Headers, RefusedNpy,
    testing::Values(
        Refused{header_of("'|O'", "(6,)"), "never read"}, Refused{header_of("'<i8'", "(3,)"), "I64 outside 0…255"},
        Refused{header_of("'=f4'", "(6,)"), "'=f4'"}, Refused{header_of("''", "(6,)"), "type ''"},
        Refused{header_of("[('a', '<f4')]", "(6,)"), "records"}, Refused{header_of("4", "(6,)"), "no string"},
        Refused{header_of("'<f4", "(6,)"), "has no"}, Refused{header_of("'<f4'", "[2, 3]"), "not a tuple"},
        Refused{header_of("'<f4'", "(6)"), "not a tuple"}, Refused{header_of("'<f4'", "6"), "not a tuple"},
        Refused{header_of("'<f4'", "(-2, -3)"), "negative"}, Refused{header_of("'<f4'", "(2, x)"), "not a number"},
        Refused{header_of("'<f4'", "(2, 3 4)"), "without an end"}, Refused{header_of("'<f4'", "(7,)"), "cut short"},
        Refused{header_of("'<f8'", "(6,)"), "cut short"},
        Refused{header_of("'<f4'", "(4294967296, 4294967296)"), "overflow"},
        Refused{header_of("'<f4'", "(4611686018427387904,)"), "overflow"},
        Refused{header_of("'<f4'", "(99999999999999999999,)"), "64 bits"},
        Refused{header_of("'<f4'", "(18446744073709551616,)"), "64 bits"},
        Refused{header_of("'<f4'", "(" + repeated("1,", 70) + ")"), "more than 64 dimensions"},
        Refused{"{'descr': '<f4', 'shape': (6,), }\n", "no 'fortran_order'"},
        Refused{"{'fortran_order': False, 'shape': (6,), }\n", "no 'descr'"},
        Refused{"{'descr': '<f4', 'fortran_order': False, }\n", "no 'shape'"},
        Refused{"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", "twice"},
        Refused{"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}", "unknown key 'x'"},
        Refused{"{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}", "neither True nor False"},
        Refused{"{'descr': '<f4' 'fortran_order': False, 'shape': (6,)}", "no comma"},
        Refused{"{'descr' '<f4'}", "without a value"}, Refused{"{'descr", "without an end"},
        Refused{"{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (6,)}", "unusual characters"},
        Refused{"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}; import os", "text after its"},
        Refused{"__import__('os')", "begin with {"}, Refused{"", "begin with {"},
        Refused{std::string(10'001, ' '), "10001 bytes"}));

TEST(Npy, AFileIsHeldAgainstItsHeaderBeforeItIsRead) {
    const test::TemporaryFolder folder;
    const std::string small = serialize_npy(kSix, std::array<std::uint64_t, 1>{6});
    test::put(folder / "sparse", small);
    std::filesystem::resize_file(folder / "sparse", std::uintmax_t(1) << 40);  // what follows the values is ignored
    EXPECT_EQ(floats(read_npy(folder / "sparse")), kSix);
    EXPECT_EQ(read_npy_tensor(folder / "sparse").shape, std::vector<std::uint64_t>{6});
    test::put(folder / "short", small.substr(0, small.size() - 1));
    EXPECT_NE(test::message_of<DataError>([&] { read_npy(folder / "short"); }).find("cut short"), std::string::npos);
}

TEST(Npy, OtherFilesAndVersionsAreRefused) {
    EXPECT_NE(refusal("PK\x03\x04 an .npz is a zip file").find("not an .npy file"), std::string::npos);
    EXPECT_NE(refusal(file_with("{}", "", 4)).find("version 4.0"), std::string::npos);
    EXPECT_NE(refusal(file_with("{}", "", 0)).find("version 0.0"), std::string::npos);
    EXPECT_THROW(read_npy("/nonexistent/x.npy"), DataError);
    EXPECT_THROW(read_npy("/"), DataError);
}

}  // namespace
}  // namespace ae::npy_test
