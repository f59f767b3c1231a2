// The k nearest neighbours of many vectors among many others, by comparing all with all.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ae/view.h"
#include "base/row_source.h"
#include "base/thread_pool.h"

namespace ae {

enum class Distance {
    l2,      ///< Euclidean
    cosine,  ///< 1 − cosine of the angle; a vector of zeros is at distance 1 from all
};

/// For every query its k nearest, the nearest first; among equally near ones the one that stands first in the base.
struct Neighbours {
    int k = 0;
    std::vector<int> indices;      ///< [queries × k]
    std::vector<float> distances;  ///< [queries × k]
};

/// Vectors to be found. Keeps a reference to them.
class NearestNeighbours {
public:
    explicit NearestNeighbours(const RowSource& base);
    explicit NearestNeighbours(Matrix<const float> base);

    /// 1 ≤ k ≤ rows of the base, queries as wide as the base; otherwise UsageError. The products of a block of queries
    /// with a block of the base choose the candidates; their distances are then recomputed in double, so that nothing
    /// is lost where large numbers cancel. The bits do not depend on the number of threads.
    Neighbours find(const RowSource& queries, int k, Distance distance, ThreadPool& pool) const;
    Neighbours find(Matrix<const float> queries, int k, Distance distance, ThreadPool& pool) const {
        return find(MatrixRows(queries), k, distance, pool);
    }

private:
    explicit NearestNeighbours(std::shared_ptr<const RowSource> base);

    std::shared_ptr<const RowSource> base_;
    std::vector<float> half_squares_;     ///< |b|²/2
    std::vector<float> inverse_lengths_;  ///< 1/|b|, 0 for a vector of zeros
};

/// For every row of k labels its most frequent one; of equally frequent ones the one that comes first, with the nearest
/// neighbour. `neighbour_labels` [rows × k].
std::vector<std::uint8_t> vote(std::span<const std::uint8_t> neighbour_labels, int k);

}  // namespace ae
