#include "use/pca.h"

#include <gtest/gtest.h>

#include "ae/error.h"
#include "ae/metrics.h"
#include "base/rows.h"
#include "random_values.h"
#include "real_mnist.h"

namespace ae {
namespace {

double mean_squared_error(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (static_cast<double>(a[i]) - b[i]) * (a[i] - b[i]);
    return sum / static_cast<double>(a.size());
}

/// Points of a plane in five dimensions, within [0, 1]: three times as wide along its first direction.
std::vector<float> plane(int n) {
    const std::vector<float> z = test::normal_values(2 * static_cast<std::size_t>(n), 3);
    const float first[] = {0.5f, 0.5f, 0.5f, 0.5f, 0}, second[] = {0.8165f, -0.4082f, -0.4082f, 0, 0};
    std::vector<float> points;
    for (std::size_t i = 0; i < z.size(); i += 2)
        for (int c = 0; c < 5; ++c) points.push_back(0.5f + 0.06f * z[i] * first[c] + 0.02f * z[i + 1] * second[c]);
    return points;
}

TEST(Pca, FindsThePlaneThatPointsLieIn) {
    const std::vector<float> points = plane(2000);
    ThreadPool pool(2);
    const Pca pca(as_rows(points, 5), 2, pool);
    EXPECT_NEAR(pca.variances()[0], 0.06 * 0.06, 3e-4);
    EXPECT_NEAR(pca.variances()[1], 0.02 * 0.02, 3e-5);
    for (int c = 0; c < 4; ++c) EXPECT_NEAR(pca.basis()[static_cast<std::size_t>(c)], 0.5, 0.01) << c;
    EXPECT_NEAR(pca.basis()[4], 0, 1e-6);
    const std::vector<float> codes = pca.project(as_rows(points, 5), pool);
    EXPECT_LE(mean_squared_error(points, pca.reconstruct(as_rows(codes, 2), pool)), 1e-13);
}

TEST(Pca, ReadsEveryRowTwice) {
    const std::vector<float> points = plane(3000);
    std::int64_t read = 0;
    const MatrixRows rows(as_rows(points, 5));
    const CountedRows counted(rows, [&](std::int64_t so_far) { read = so_far; });
    ThreadPool pool(2);
    const Pca pca(counted, 2, pool);
    EXPECT_EQ(read, 6000) << "a bar says how much is left";
    pca.project(counted, pool);
    EXPECT_EQ(read, 9000);
}

TEST(Pca, ClampsWhatItReconstructs) {
    ThreadPool pool(1);
    const std::vector<float> points = plane(100), far = {100.0f, -100.0f};
    const Pca pca(as_rows(points, 5), 2, pool);
    const std::vector<float> image = pca.reconstruct(as_rows(far, 2), pool);
    EXPECT_EQ(image, (std::vector<float>{0, 1, 1, 1, 0.5f})) << "the largest entry of a basis vector is positive";
}

TEST(Pca, RefusesMoreComponentsThanPixels) {
    ThreadPool pool(1);
    const std::vector<float> points = plane(10);
    EXPECT_THROW(Pca(as_rows(points, 5), 6, pool), UsageError);
    EXPECT_THROW(Pca(as_rows(points, 5), 0, pool), UsageError);
    EXPECT_NO_THROW(Pca(as_rows(points, 5), 5, pool));
}

class PcaOnMnist : public test::OnRealMnist {};

TEST_F(PcaOnMnist, ReachesThePublishedErrorWith64Components) {
    ThreadPool pool;
    const std::vector<float> train = mnist().train.floats(0, 60000), images = mnist().test.floats(0, 10000);
    const Pca pca(as_rows(train, 784), 64, pool);
    const std::vector<float> codes = pca.project(as_rows(images, 784), pool);
    const std::vector<float> again = pca.reconstruct(as_rows(codes, 64), pool);
    EXPECT_NEAR(mean_squared_error(images, again), 0.00775127, 1e-8);
    EXPECT_NEAR(*ssim(images, again, 28, 28), 0.80125, 1e-5);
}

}  // namespace
}  // namespace ae
