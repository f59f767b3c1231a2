// Results that do not depend on how many images are read at a time.
#include <gmock/gmock.h>

#include <algorithm>

#include "base/row_source.h"
#include "data/noisy_images.h"
#include "random_model.h"
#include "random_values.h"
#include "sanitized.h"
#include "use/anomaly_detector.h"
#include "use/compression.h"

namespace ae::pieces_test {
namespace {

using Values = std::vector<float>;

constexpr int kImages = 1100, kSide = 28, kPixels = kSide * kSide;
/// A sanitizer sees no more in other sizes.
std::vector<int> sizes() {
    if (test::kIsSanitized) return {7, 300};
    return {1, 7, 256, 300, 1024, kImages};
}

/// Pictures with as much black as digits have, so that the sparse products take part.
Values pictures() {
    Values values = test::uniform_values(static_cast<std::size_t>(kImages) * kPixels, 5);
    for (float& v : values) v = v < 0.8f ? 0.0f : (v - 0.8f) * 5;
    return values;
}

class Pieces : public testing::TestWithParam<int> {
protected:
    Pieces() : images_(pictures()), network_(make_network("cpu", test::random_model(Settings()), {.threads = 2})) {}

    /// act(first image, its pixels) gives numbers, in pieces of GetParam() images.
    template <typename Act>
    Values in_pieces(Act act) const {
        Values all;
        const Matrix<const float> rows = as_rows(images_, kPixels);
        for (int first = 0; first < kImages; first += GetParam()) {
            const auto block = rows.row_block(first, std::min(GetParam(), kImages - first));
            const Values part = act(first, std::span<const float>(block.data, block.size()));
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }

    Values images_;
    std::unique_ptr<Network> network_;
    ThreadPool pool_{2};
};

TEST_P(Pieces, OfANetwork) {
    EXPECT_EQ(in_pieces([&](int, auto pixels) { return network_->encode(pixels); }), network_->encode(images_));
    EXPECT_EQ(in_pieces([&](int, auto pixels) { return network_->reconstruct(pixels); }),
              network_->reconstruct(images_));
    EXPECT_EQ(in_pieces([&](int, auto pixels) { return network_->score(pixels).bce; }), network_->score(images_).bce);
    EXPECT_EQ(in_pieces([&](int, auto pixels) { return network_->score(pixels).mse; }), network_->score(images_).mse);
}

TEST_P(Pieces, OfADetector) {
    const ImageSize size{kSide, kSide};
    const auto some = std::span(images_).first(200 * kPixels),
               others = std::span(images_).subspan(200 * kPixels, 200 * kPixels);
    const AnomalyDetector detector = AnomalyDetector::fit(*network_, {some, size}, {others, size}, {}, pool_).detector;
    const ScoreTable whole = detector.scores(*network_, {images_, size}, pool_);
    for (const std::string& name : anomaly_score_names()) {
        const AnomalyScore score = parse_anomaly_score(name);
        EXPECT_EQ(in_pieces([&](int, auto pixels) {
                      return detector.scores(*network_, {pixels, size}, pool_, needed_for(score))[score];
                  }),
                  whole[score])
            << name;
    }
}

TEST_P(Pieces, OfWhatADetectorLearnsFrom) {
    const ImageSize size{kSide, kSide};
    DetectorFit fit(*network_, pool_);
    in_pieces([&](int, auto pixels) { return fit.add_reference({pixels, size}), Values(); });
    in_pieces([&](int, auto pixels) { return fit.add_held_out({pixels, size}), Values(); });
    const AnomalyDetector pieces = fit.detector({}).detector,
                          whole = AnomalyDetector::fit(*network_, {images_, size}, {images_, size}, {}, pool_).detector;
    EXPECT_EQ(pieces.normal().values(), whole.normal().values());
    EXPECT_EQ(pieces.rule().least_ink, whole.rule().least_ink);
    for (const std::string& name : anomaly_score_names()) {
        const AnomalyScore score = parse_anomaly_score(name);
        EXPECT_EQ(pieces.calibration(score).scores(), whole.calibration(score).scores()) << name;
    }
}

TEST_P(Pieces, OfNoise) {
    const Noise noise = Noise::parse("gaussian:0.3");
    const ImageSize size{kSide, kSide};
    EXPECT_EQ(in_pieces([&](int first, auto pixels) { return with_noise(pixels, noise, size, 0, pool_, first); }),
              with_noise(images_, noise, size, 0, pool_));
}

TEST_P(Pieces, OfAnArchive) {
    const Values codes = network_->encode(images_);
    const Aez aez(compress_codes({std::string(64, 'a'), kImages, kSide, kSide, {}}, codes, 5), "x");
    const auto decode = [&](std::span<const float> part) { return network_->decode(part); };
    const Values whole = decompress_images(aez, decode);
    Values all;
    for (std::size_t first = 0; first < kImages; first += static_cast<std::size_t>(GetParam())) {
        const std::size_t n = std::min<std::size_t>(static_cast<std::size_t>(GetParam()), kImages - first);
        const Values part = decompress_images(aez, decode, first, n);
        all.insert(all.end(), part.begin(), part.end());
    }
    EXPECT_EQ(all, whole);
}

INSTANTIATE_TEST_SUITE_P(OfSizes, Pieces, testing::ValuesIn(sizes()));

}  // namespace
}  // namespace ae::pieces_test
