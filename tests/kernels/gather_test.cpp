// gather and fetch: every pixel of every image, where the epoch's permutation puts it.
#include "device.h"
#include "verbs/verbs.h"

namespace ae::test {
namespace {

struct GatherCase {
    std::uint32_t images, batch_size;
    int pixels;
    std::size_t offset;
};

class Gather : public OnDevice, public testing::WithParamInterface<GatherCase> {
protected:
    GatherCase c = GetParam();
    std::size_t pixels_ = static_cast<std::size_t>(c.pixels);
    std::vector<std::uint8_t> bytes_ = random_bytes(c.images * pixels_);

    static std::vector<std::uint8_t> random_bytes(std::size_t n) {
        std::vector<std::uint8_t> bytes(n);
        for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(random_bits(7, 0, i));
        return bytes;
    }

    /// Row `row` of `x` is bit-identical to image `image`.
    void expect_image(const std::vector<float>& x, std::size_t row, std::size_t image) const {
        for (std::size_t p = 0; p < pixels_; ++p)
            ASSERT_EQ(x[row * pixels_ + p], static_cast<float>(bytes_[image * pixels_ + p]) / 255.0f)
                << "row " << row << ", image " << image << ", pixel " << p;
    }
};

TEST_P(Gather, TakesTheImagesOfEachStep) {
    const Order order{42, c.images, c.batch_size};
    const DeviceArray<std::uint8_t> images(bytes_, c.offset);
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(1));
    const Schedule schedule{Adam{}, order, clock.data()};
    for (std::uint64_t step = 0; step < 2 * order.steps_per_epoch(); ++step) {
        tick(stream_, schedule);
        const int rows = static_cast<int>(order.rows(step));
        const DeviceArray<float> x(product(rows, c.pixels), c.offset);
        gather(stream_, x.matrix(rows, c.pixels), images.data(), schedule);
        const std::vector<float> found = x.values();
        for (std::uint32_t row = 0; row < order.rows(step); ++row) expect_image(found, row, order.image(step, row));

        const int next_rows = static_cast<int>(order.rows(step + 1));
        const DeviceArray<float> next(product(next_rows, c.pixels), c.offset);
        gather_next(stream_, next.matrix(next_rows, c.pixels), images.data(), schedule);
        const std::vector<float> ahead = next.values();
        for (std::uint32_t row = 0; row < order.rows(step + 1); ++row)
            expect_image(ahead, row, order.image(step + 1, row));
    }
}

/// Numbers are copied as they are, whatever they are.
TEST_P(Gather, TakesNumbersAsTheyAre) {
    std::vector<float> numbers;
    for (std::size_t i = 0; i < bytes_.size(); ++i)
        numbers.push_back((static_cast<float>(bytes_[i]) - 100) * 1.37e5f + static_cast<float>(i) / 3);
    const DeviceArray<float> images(numbers, c.offset);
    const Order order{42, c.images, c.batch_size};
    const DeviceArray<StepCounter> clock(std::vector<StepCounter>(1));
    const Schedule schedule{Adam{}, order, clock.data()};
    tick(stream_, schedule);
    const int rows = static_cast<int>(order.rows(0));
    const DeviceArray<float> x(product(rows, c.pixels), c.offset), fetched(product(1, c.pixels), c.offset);
    gather(stream_, x.matrix(rows, c.pixels), images.data(), schedule);
    fetch(stream_, fetched.matrix(1, c.pixels), images.data(), 1);
    const auto row_of = [&](const std::vector<float>& values, std::size_t row) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * pixels_);
        return std::vector<float>(begin, begin + c.pixels);
    };
    const std::vector<float> found = x.values();
    for (std::uint32_t row = 0; row < order.rows(0); ++row)
        ASSERT_EQ(row_of(found, row), row_of(numbers, order.image(0, row))) << row;
    EXPECT_EQ(fetched.values(), row_of(numbers, 1));
}

TEST_P(Gather, FetchTakesThemInOrder) {
    const DeviceArray<std::uint8_t> images(bytes_, c.offset);
    const int rows = static_cast<int>(c.images) - 2;
    const DeviceArray<float> x(product(rows, c.pixels), c.offset);
    fetch(stream_, x.matrix(rows, c.pixels), images.data(), 2);
    const std::vector<float> found = x.values();
    for (std::uint32_t row = 0; row + 2 < c.images; ++row) expect_image(found, row, row + 2);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Gather,
                         testing::Values(GatherCase{5, 5, 1, 0}, GatherCase{9, 4, 31, 0}, GatherCase{17, 8, 33, 1},
                                         GatherCase{20, 8, 64, 0}, GatherCase{20, 8, 64, 1}, GatherCase{7, 3, 255, 0},
                                         GatherCase{6, 4, 784, 0}, GatherCase{4, 4, 900, 0}));

}  // namespace
}  // namespace ae::test
