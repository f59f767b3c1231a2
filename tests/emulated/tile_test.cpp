// Products of tiles: what lanes compute by loops, what tensor cores would from the same addresses, and what is right.
#include "device/tile.h"

#include "device.h"

namespace ae::test {
namespace {

constexpr int kDepth = 48, kLong = 56, kShort = 24;  // strides where a row runs along k, and where it does not

/// Element (i, k) of a matrix, and the same with k and i exchanged where it is stored transposed.
struct TileSource {
    Half hi[kLong * kShort], lo[kLong * kShort];
};

/// Multiples of 1/4, so that all sums are exact; nothing that is a split value, so that planes cannot be mixed up.
float value(std::uint64_t seed, int i, int k) {
    return static_cast<float>(random_bits(seed, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(k)) % 33) /
               4 -
           4;
}

template <bool kATransposed, bool kASplit, bool kBTransposed>
void tile_kernel(TileSum* sums) {
    AE_SHARED(TileSource, sources, 2);
    constexpr int kStrideA = kATransposed ? kShort : kLong, kStrideB = kBTransposed ? kLong : kShort;
    TileSource &a = sources[0], &b = sources[1];
    const TileOperand<kATransposed, kASplit> a_tile{a.hi, kASplit ? a.lo : nullptr, kStrideA};
    const TileOperand<kBTransposed, true> b_tile{b.hi, b.lo, kStrideB};
    const int lane = lane_index();
    for (int k = 0; k < kDepth; ++k) {
        if (lane < 16) {
            a.hi[a_tile.index(lane, k)] = to_half(value(1, lane, k));
            a.lo[a_tile.index(lane, k)] = to_half(value(2, lane, k));
        } else if (lane < 24) {
            b.hi[b_tile.index(k, lane - 16)] = to_half(value(3, k, lane - 16));
            b.lo[b_tile.index(k, lane - 16)] = to_half(value(4, k, lane - 16));
        }
    }
    __syncthreads();
    sums[lane] = product_by_lanes<kDepth>(a_tile, b_tile);
    sums[32 + lane] = product_by_tensor_cores<kDepth>(a_tile, b_tile);
}

class Tile : public OnDevice {
protected:
    template <bool kATransposed, bool kASplit, bool kBTransposed>
    void expect_right() {
        DeviceArray<TileSum> sums(64);
        launch(tile_kernel<kATransposed, kASplit, kBTransposed>, 1, 32, 0, stream_, sums.data());
        const std::vector<TileSum> found = sums.values();
        for (int lane = 0; lane < 32; ++lane) {
            for (int i = 0; i < 4; ++i) {
                const int row = TileSum::row(lane, i), col = TileSum::col(lane, i);
                float main = 0, correction = 0;
                for (int k = 0; k < kDepth; ++k) {
                    main += value(1, row, k) * value(3, k, col);
                    correction += value(1, row, k) * value(4, k, col);
                    if (kASplit) correction += value(2, row, k) * value(3, k, col);
                }
                for (const int way : {0, 32}) {
                    const TileSum& sum = found[static_cast<std::size_t>(way + lane)];
                    ASSERT_EQ(sum.main[i], main) << "lane " << lane << ", " << i << (way != 0 ? ", tensor cores" : "");
                    ASSERT_EQ(sum.correction[i], correction) << lane << ", " << i << (way != 0 ? ", tensor cores" : "");
                }
            }
        }
    }
};

TEST_F(Tile, IsRightHoweverItsOperandsAreStored) {
    expect_right<false, false, false>();
    expect_right<false, false, true>();
    expect_right<true, false, false>();
    expect_right<true, false, true>();
    expect_right<false, true, false>();
    expect_right<false, true, true>();
    expect_right<true, true, false>();
    expect_right<true, true, true>();
}

constexpr int kPitch = 48;  // of bytes, in both ways of storing them

int byte_value(int i, int k) {
    return static_cast<int>(random_bits(5, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(k)) % 256);
}

struct ByteSource {
    alignas(16) std::uint8_t at[kDepth * kPitch];
};

template <bool kTransposed>
void byte_tile_kernel(TileSum* sums) {
    AE_SHARED(ByteSource, bytes, 1);
    AE_SHARED(TileSource, sources, 1);
    const auto a_tile = byte_operand<kTransposed>(bytes[0].at, kPitch);
    const TileOperand<false, true> b_tile{sources[0].hi, sources[0].lo, kShort};
    const int lane = lane_index();
    for (int k = 0; k < kDepth; ++k) {
        if (lane < 16) {
            bytes[0].at[a_tile.index(lane, k)] = static_cast<std::uint8_t>(byte_value(lane, k));
        } else if (lane < 24) {
            sources[0].hi[b_tile.index(k, lane - 16)] = to_half(value(3, k, lane - 16));
            sources[0].lo[b_tile.index(k, lane - 16)] = to_half(value(4, k, lane - 16));
        }
    }
    __syncthreads();
    sums[lane] = product_by_lanes<kDepth>(a_tile, b_tile);
    sums[32 + lane] = product_by_tensor_cores<kDepth>(a_tile, b_tile);
}

template <bool kTransposed>
void expect_right_with_bytes(const std::vector<TileSum>& found) {
    for (int lane = 0; lane < 32; ++lane) {
        for (int i = 0; i < 4; ++i) {
            const int row = kTransposed ? TileSum::row_of_pairs(lane, i) : TileSum::row(lane, i);
            const int col = TileSum::col(lane, i);
            float main = 0, correction = 0;
            for (int k = 0; k < kDepth; ++k) {
                main += static_cast<float>(byte_value(row, k)) * value(3, k, col);
                correction += static_cast<float>(byte_value(row, k)) * value(4, k, col);
            }
            for (const int way : {0, 32}) {
                const TileSum& sum = found[static_cast<std::size_t>(way + lane)];
                ASSERT_EQ(sum.main[i], main) << "lane " << lane << ", " << i << (way != 0 ? ", tensor cores" : "");
                ASSERT_EQ(sum.correction[i], correction) << lane << ", " << i << (way != 0 ? ", tensor cores" : "");
            }
        }
    }
}

TEST_F(Tile, TakesBytesHoweverTheyAreStored) {
    DeviceArray<TileSum> sums(64);
    launch(byte_tile_kernel<false>, 1, 32, 0, stream_, sums.data());
    expect_right_with_bytes<false>(sums.values());
    launch(byte_tile_kernel<true>, 1, 32, 0, stream_, sums.data());
    expect_right_with_bytes<true>(sums.values());
}

TEST_F(Tile, EveryElementHasOneOwner) {
    for (const auto row : {TileSum::row, TileSum::row_of_pairs}) {
        std::vector<int> owners(16 * 8);
        for (int lane = 0; lane < 32; ++lane)
            for (int i = 0; i < 4; ++i) ++owners[static_cast<std::size_t>(row(lane, i) * 8 + TileSum::col(lane, i))];
        EXPECT_EQ(owners, std::vector<int>(16 * 8, 1));
    }
}

}  // namespace
}  // namespace ae::test
