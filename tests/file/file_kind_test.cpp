#include "file/file_kind.h"

#include <gtest/gtest.h>

#include "ae/error.h"
#include "file/gzip.h"
#include "file/npy.h"
#include "file/npz.h"
#include "file/picture.h"
#include "idx_files.h"

namespace ae {
namespace {

TEST(FileKind, OfWhatThisProgramWrites) {
    const Tensor tensor = tensor_of(std::vector<float>{1, 2}, {2});
    EXPECT_EQ(file_kind(serialize_safetensors({{}, {{"x", tensor}}})), FileKind::safetensors);
    EXPECT_EQ(file_kind(serialize_npy(tensor)), FileKind::npy);
    EXPECT_EQ(file_kind(serialize_npz({{"x", tensor}})), FileKind::zip);
    EXPECT_EQ(file_kind(encode_png({1, 1, {0}})), FileKind::png);
    EXPECT_EQ(file_kind(test::counting_idx({3})), FileKind::idx);
    EXPECT_EQ(file_kind(test::gzip("x")), FileKind::gzip);
}

TEST(FileKind, OfOtherPrograms) {
    EXPECT_EQ(file_kind("\x89HDF\r\n\x1a\n"), FileKind::hdf5);
    EXPECT_EQ(file_kind("\xFF\xD8\xFF\xE0"), FileKind::jpeg);
    EXPECT_EQ(file_kind("\x80\x04\x95"), FileKind::pickle);
    EXPECT_EQ(file_kind("label,1x1\n"), FileKind::text);
    EXPECT_EQ(file_kind(""), FileKind::unknown);
    EXPECT_EQ(file_kind("\x01\x02\x03"), FileKind::unknown);
    EXPECT_EQ(text(FileKind::hdf5), "an HDF5 file (Keras, h5py)");
    EXPECT_EQ(text(FileKind::unknown), "");
}

TEST(Gzip, HashesOneMemberAndRefusesWhatFollowsIt) {
    const std::string one = test::gzip("content"), other = test::gzip("poison");
    EXPECT_EQ(gunzipped_sha256(one).size(), 64u);
    const auto refusal = [](const std::string& bytes) {
        return test::message_of<DataError>([&] { gunzipped_sha256(bytes); });
    };
    EXPECT_NE(refusal(one + other).find("follow the first"), std::string::npos);
    EXPECT_NE(refusal(one + '\0').find("1 bytes follow the first"), std::string::npos);
    EXPECT_NE(refusal(one.substr(0, one.size() - 1)).find("not a whole gzip file"), std::string::npos);
}

}  // namespace
}  // namespace ae
