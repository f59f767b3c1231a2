// Scores of reconstructions by their definition.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ae/arithmetic.h"
#include "ae/network.h"
#include "compare.h"

namespace ae::test {

/// seen: the reconstructions of `images`, n × pixels each.
inline void expect_scores_of(const Scores& scores, const std::vector<float>& seen, const std::vector<float>& images,
                             int pixels, Loss loss = Loss::bce) {
    const auto width = static_cast<std::size_t>(pixels);
    ASSERT_EQ(scores.bce.size(), images.size() / width);
    ASSERT_EQ(scores.mse.size(), images.size() / width);
    ASSERT_EQ(seen.size(), images.size());
    for (std::size_t i = 0; i < scores.bce.size(); ++i) {
        double bce = 0, mse = 0;
        for (std::size_t p = i * width; p < (i + 1) * width; ++p) {
            const double x = images[p], y = seen[p];
            bce -= x * std::log(y) + (1 - x) * std::log1p(-y);
            mse += (x - y) * (x - y);
        }
        if (loss == Loss::mse) bce = mse;
        ASSERT_TRUE(close(scores.bce[i], bce / pixels, 1e-6, 1e-5)) << scores.bce[i] << ", not " << bce / pixels;
        ASSERT_TRUE(close(scores.mse[i], mse / pixels, 1e-7, 1e-5)) << scores.mse[i] << ", not " << mse / pixels;
    }
}

}  // namespace ae::test
