// Anomaly scores of an image, by a network that was trained on normal images. Higher is more anomalous.
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/view.h"
#include "base/thread_pool.h"
#include "file/picture.h"
#include "use/nearest.h"

namespace ae {

/// x an image, y its reconstruction, z its code; means are over pixels.
enum class AnomalyScore : std::uint8_t {
    mse,          ///< mean (x − y)²
    mse_ink,      ///< that, divided by the image's ink: strokes count alike, however many there are
    kl,           ///< BCE less the entropy of x: what the grey of x costs anyway
    knn,          ///< mean Euclidean distance of z to the five nearest codes of normal images
    knn_cosine,   ///< mean 1 − cosine of the angle between z and the five nearest by that measure: brightness
                  ///< does not matter
    mahalanobis,  ///< √((z − μ)ᵀ (Σ + ε·1)⁻¹ (z − μ)), μ and Σ of the codes of normal images
    local,        ///< largest mean of (x − y)² over a 5 × 5 square: small defects
    cosine,       ///< 1 − cosine of the angle between x and y
    combined,     ///< rank of cosine + rank of knn-cosine, among images held out
};

inline constexpr std::size_t kAnomalyScores = 9;

/// "mse", "mse-ink", …, in the order above.
const std::vector<std::string>& anomaly_score_names();

std::string text(AnomalyScore score);

/// Throws UsageError for another name.
AnomalyScore parse_anomaly_score(const std::string& name);

/// The scores that are computed; without k-NN's it takes a hundredth of the time.
using WantedScores = std::bitset<kAnomalyScores>;

/// The score and those that it combines.
WantedScores needed_for(AnomalyScore score);

/// The scores of n images by each name; a column that was not wanted is empty.
struct ScoreTable {
    std::array<std::vector<float>, kAnomalyScores> columns;

    std::vector<float>& operator[](AnomalyScore score) { return columns[static_cast<std::size_t>(score)]; }
    const std::vector<float>& operator[](AnomalyScore score) const { return columns[static_cast<std::size_t>(score)]; }
};

/// Images of one size: n × height × width in [0, 1], or numbers of any size, which have no ink: their mse-ink and kl
/// are their mse.
struct ImageBatch {
    std::span<const float> pixels;
    ImageSize size;
    bool are_numbers = false;
};

/// Mean pixel of each image; 0 for numbers.
std::vector<float> ink_of(const ImageBatch& images);

/// Scores of one image from it and its reconstruction.
double mse_per_ink(double mse, double ink, std::size_t pixels);  ///< as if a black image had one pixel of 1/255
double local_error(std::span<const float> x, std::span<const float> y, ImageSize size);
double cosine_error(std::span<const float> x, std::span<const float> y);  ///< 1 where one of both is black

/// The rank of a score among `ascending` ones of normal images: the share of them below, interpolated between two;
/// above the highest, its ratio to that, so that scores far outside still have an order.
double rank_among(std::span<const float> ascending, float score);

/// The codes of normal images, which a code is compared with.
class NormalCodes {
public:
    /// n × width codes. Throws UsageError unless n ≥ 1.
    NormalCodes(std::vector<float> codes, int width, ThreadPool& pool);

    int width() const { return static_cast<int>(mean_.size()); }
    const std::vector<float>& values() const { return codes_; }

    /// Scores of the same name.
    std::vector<float> knn(Matrix<const float> codes, Distance distance, ThreadPool& pool) const;
    std::vector<float> mahalanobis(Matrix<const float> codes, ThreadPool& pool) const;

private:
    std::vector<float> codes_;
    std::vector<float> mean_;
    std::vector<float> whitening_;  ///< [width × width]: |whitening·(z − mean)| is Mahalanobis' distance
};

/// Those scores that are wanted, but not the combined one, in chunks that fit memory. Throws GpuError.
ScoreTable plain_scores(Network& network, const ImageBatch& images, const NormalCodes& normal, ThreadPool& pool,
                        WantedScores wanted = WantedScores().set());

}  // namespace ae
