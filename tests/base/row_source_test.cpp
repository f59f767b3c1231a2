#include "base/row_source.h"

#include <gtest/gtest.h>

#include "base/thread_pool.h"

namespace ae::row_source_test {
namespace {

TEST(CountedRows, AreTheSameRowsAndToldOncePerReading) {
    std::vector<float> values(600);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    const MatrixRows rows(as_rows(std::as_const(values), 3));
    std::vector<std::int64_t> told;
    const CountedRows counted(rows, [&](std::int64_t read) { told.push_back(read); });
    EXPECT_EQ(counted.rows(), 200);
    EXPECT_EQ(counted.cols(), 3);
    EXPECT_EQ(counted.read(7, 2), rows.read(7, 2));
    EXPECT_EQ(told, std::vector<std::int64_t>{2});
    ThreadPool pool(4);
    share_rows(pool, 200, 10, [&](int, int first, int n) { counted.read(first, n); });
    EXPECT_EQ(told.size(), 21u);
    EXPECT_TRUE(std::ranges::is_sorted(told)) << "one thread at a time";
    EXPECT_EQ(told.back(), 202);
}

}  // namespace
}  // namespace ae::row_source_test
