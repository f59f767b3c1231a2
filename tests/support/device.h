// Device memory for tests of kernels. What no kernel has written is NaN, and so are the guards on both sides: a kernel
// that leaves an element out, reads past an end or writes there is seen.
//
// tests/kernels/*_test.cpp are built twice: against CUDA, where they skip without a GPU, and against the emulator.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/engine.h"
#include "ae/view.h"
#include "device/device.h"

namespace ae::test {

/// A test that needs a GPU or the emulator, with a stream to work in.
class OnDevice : public testing::Test {
protected:
    void SetUp() override {
        if (const std::string why = why_no_gpu(); !why.empty()) GTEST_SKIP() << "no usable GPU: " << why;
        stream_ = make_stream();
    }

    Stream stream_;
};

template <typename T>
class DeviceArray {
public:
    // The default stream's memset and copy from pageable memory may be under way when their calls return, and a stream
    // of OnDevice does not wait for that stream: so both constructors wait.

    /// Unset. offset: elements by which the array begins after an address that is a multiple of 256.
    explicit DeviceArray(std::size_t size, std::size_t offset = 0)
        : size_(size), offset_(offset), memory_(kGuard + offset + size + kGuard) {
        check(cudaMemset(memory_.data(), kUnset, memory_.size() * sizeof(T)));
        check(cudaDeviceSynchronize());
    }
    explicit DeviceArray(const std::vector<T>& values, std::size_t offset = 0) : DeviceArray(values.size(), offset) {
        check(cudaMemcpy(data(), values.data(), values.size() * sizeof(T), cudaMemcpyDefault));
        check(cudaDeviceSynchronize());
    }
    DeviceArray(const DeviceArray&) = delete;
    ~DeviceArray() {
        const std::vector<T> all = everything();
        EXPECT_TRUE(all_unset(all.data(), kGuard + offset_)) << "something was written before the array";
        EXPECT_TRUE(all_unset(all.data() + kGuard + offset_ + size_, kGuard)) << "something was written after its end";
    }

    T* data() const { return memory_.data() + kGuard + offset_; }
    Vector<T> vector() const { return {data(), static_cast<int>(size_)}; }
    Matrix<T> matrix(int rows, int cols) const {
        EXPECT_EQ(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols), size_);
        return {data(), rows, cols};
    }

    /// What it holds when all work is done.
    std::vector<T> values() const {
        const std::vector<T> all = everything();
        return {all.begin() + kGuard + static_cast<std::ptrdiff_t>(offset_), all.end() - kGuard};
    }

private:
    static constexpr std::ptrdiff_t kGuard = 256;
    static constexpr int kUnset = 0xFF;

    std::vector<T> everything() const {
        std::vector<T> all(memory_.size());
        check(cudaDeviceSynchronize());
        check(cudaMemcpy(all.data(), memory_.data(), all.size() * sizeof(T), cudaMemcpyDefault));
        return all;
    }
    static bool all_unset(const T* values, std::size_t n) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(values);
        return std::all_of(bytes, bytes + n * sizeof(T), [](unsigned char byte) { return byte == kUnset; });
    }

    std::size_t size_, offset_;
    DeviceBuffer<T> memory_;
};

/// Multiples of 1/64 in [-2, 2]: their sums and products, and sums of up to a thousand products, are exact in float.
inline std::vector<float> exact_values(std::size_t n, std::uint64_t seed) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(random_bits(seed, 0, i) % 257) / 64.0f - 2.0f;
    return values;
}

/// Multiples of 1/256 in [0, 1).
inline std::vector<float> exact_pixels(std::size_t n, std::uint64_t seed) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(random_bits(seed, 1, i) % 256) / 256.0f;
    return values;
}

inline std::size_t product(int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

/// Rows × columns around the sizes of warps, blocks, tiles and packs.
struct MatrixCase {
    int rows, cols;
    std::size_t offset;  ///< of each array, in elements: 1 forbids packs of four

    std::size_t size() const { return product(rows, cols); }
    friend void PrintTo(const MatrixCase& c, std::ostream* out) {
        *out << c.rows << "x" << c.cols << " offset " << c.offset;
    }
};

/// For kernels with a block for each row.
inline const auto kWideCases =
    testing::Values(MatrixCase{1, 1, 0}, MatrixCase{1, 31, 0}, MatrixCase{1, 32, 0}, MatrixCase{9, 33, 0},
                    MatrixCase{7, 64, 0}, MatrixCase{7, 64, 1}, MatrixCase{3, 255, 0}, MatrixCase{4, 784, 0},
                    MatrixCase{2, 784, 1}, MatrixCase{2, 897, 0}, MatrixCase{2, 900, 0});

/// For kernels with a block for a few columns.
inline const auto kTallCases = testing::Values(MatrixCase{1, 1, 0}, MatrixCase{1, 31, 0}, MatrixCase{9, 33, 0},
                                               MatrixCase{63, 8, 0}, MatrixCase{64, 9, 0}, MatrixCase{65, 7, 3},
                                               MatrixCase{96, 12, 0}, MatrixCase{257, 5, 0}, MatrixCase{1000, 2, 1});

}  // namespace ae::test
