#include "use/moments.h"

#include <gtest/gtest.h>

#include "ae/error.h"
#include "base/rows.h"
#include "random_values.h"

namespace ae {
namespace {

TEST(Moments, AreThoseOfPlainLoopsInDouble) {
    constexpr int kRows = 2100, kCols = 130;  // more than a chunk and a block, and not whole ones
    std::vector<float> values = test::normal_values(std::size_t(kRows) * kCols, 1);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += 10 + static_cast<float>(i % kCols);
    const auto x = as_rows(values, kCols);
    std::vector<double> mean(kCols);
    for (std::size_t i = 0; i < values.size(); ++i) mean[i % kCols] += static_cast<double>(values[i]) / kRows;

    ThreadPool pool(2);
    const MeanAndCovariance moments = moments_of(x, pool);
    for (int a = 0; a < kCols; ++a) {
        const auto at = static_cast<std::size_t>(a);
        EXPECT_NEAR(moments.mean[at], mean[at], 1e-5);
        for (std::size_t b = 0; b < kCols; ++b) {
            double covariance = 0;
            for (int r = 0; r < kRows; ++r)
                covariance += (row_of(x, r)[at] - mean[at]) * (row_of(x, r)[b] - mean[b]) / kRows;
            EXPECT_NEAR(moments.covariance[at * kCols + b], covariance, 1e-5) << a << ", " << b;
        }
    }
}

TEST(Moments, DoNotDependOnTheNumberOfThreads) {
    const std::vector<float> values = test::normal_values(1500 * 300, 2);
    ThreadPool one(1), three(3);
    EXPECT_EQ(moments_of(as_rows(values, 300), one).covariance, moments_of(as_rows(values, 300), three).covariance);
}

TEST(Moments, OfNothingAreRefused) {
    ThreadPool pool(1);
    EXPECT_THROW(moments_of({nullptr, 0, 3}, pool), UsageError);
}

}  // namespace
}  // namespace ae
