#include "file/tensor_floats.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

namespace ae {
namespace {

using testing::ElementsAre;

template <typename T>
Tensor tensor(Dtype dtype, const std::vector<T>& values) {
    std::string bytes(values.size() * sizeof(T), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return {dtype, {values.size()}, bytes};
}

TEST(TensorFloats, HalfFloatsOfEveryKind) {
    // 1, −2, the largest, the smallest normal, the smallest, −0
    const auto values = *to_floats(tensor<std::uint16_t>(Dtype::f16, {0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x8000}));
    EXPECT_THAT(values, ElementsAre(1.0f, -2.0f, 65504.0f, 0x1p-14f, 0x1p-24f, -0.0f));
    EXPECT_TRUE(std::signbit(values[5]));
    const auto special = *to_floats(tensor<std::uint16_t>(Dtype::f16, {0x7C00, 0xFC00, 0x7E00}));
    EXPECT_EQ(special[0], HUGE_VALF);
    EXPECT_EQ(special[1], -HUGE_VALF);
    EXPECT_TRUE(std::isnan(special[2]));
}

TEST(TensorFloats, OtherFloats) {
    EXPECT_THAT(*to_floats(tensor<std::uint16_t>(Dtype::bf16, {0x3F80, 0xC040})), ElementsAre(1.0f, -3.0f));
    EXPECT_THAT(*to_floats(tensor<float>(Dtype::f32, {0.1f})), ElementsAre(0.1f));
    EXPECT_THAT(*to_floats(tensor<double>(Dtype::f64, {0.1, 1e300})), ElementsAre(0.1f, HUGE_VALF));
    EXPECT_FALSE(to_floats(tensor<std::int32_t>(Dtype::i32, {1})));
}

TEST(TensorFloats, BytesOfIntegersInRange) {
    EXPECT_THAT(*to_bytes(tensor<std::uint8_t>(Dtype::boolean, {0, 1})), ElementsAre(0, 255));
    EXPECT_THAT(*to_bytes(tensor<std::uint8_t>(Dtype::u8, {0, 255})), ElementsAre(0, 255));
    EXPECT_THAT(*to_bytes(tensor<std::int64_t>(Dtype::i64, {0, 7, 255})), ElementsAre(0, 7, 255));
    EXPECT_FALSE(to_bytes(tensor<std::int64_t>(Dtype::i64, {256})));
    EXPECT_FALSE(to_bytes(tensor<std::int8_t>(Dtype::i8, {-1})));
    EXPECT_FALSE(to_bytes(tensor<std::uint64_t>(Dtype::u64, {~std::uint64_t(0)})));
    EXPECT_FALSE(to_bytes(tensor<float>(Dtype::f32, {1})));
}

}  // namespace
}  // namespace ae
