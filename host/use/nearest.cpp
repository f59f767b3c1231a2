#include "use/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ae/error.h"
#include "base/rows.h"
#include "engine/blas.h"

namespace ae {

namespace {

constexpr int kQueryRows = 128;
constexpr int kBaseRows = 1024;  // a block of products, 512 KiB, stays in the second-level cache
constexpr int kLane = 32;        // products looked at together: mostly none of them is near enough
constexpr int kSpare = 4;        // candidates beyond k, for those that rounding has put in the wrong order

struct Candidate {
    double distance;
    int index;

    bool operator<(const Candidate& other) const {
        return distance != other.distance ? distance < other.distance : index < other.index;
    }
};

/// The `capacity` best of what was offered, the best first. Offered in ascending order of index.
class Shortlist {
public:
    explicit Shortlist(int capacity) : capacity_(static_cast<std::size_t>(capacity)) {}

    float worst() const { return worst_; }
    std::vector<Candidate>& candidates() { return candidates_; }

    void offer(float key, int index) {
        if (!(key < worst_)) return;
        if (candidates_.size() == capacity_) candidates_.pop_back();
        const Candidate candidate{key, index};
        candidates_.insert(std::upper_bound(candidates_.begin(), candidates_.end(), candidate), candidate);
        if (candidates_.size() == capacity_) worst_ = static_cast<float>(candidates_.back().distance);
    }

private:
    std::size_t capacity_;
    float worst_ = std::numeric_limits<float>::infinity();
    std::vector<Candidate> candidates_;
};

/// The key by which candidates are chosen, shift − scale·(q·b): smaller is nearer.
struct Keys {
    const float* shift;
    const float* scale;
};

void offer_row(Shortlist& list, std::span<float> products, Keys keys, int first_index) {
    for (std::size_t lane = 0; lane < products.size(); lane += kLane) {
        const std::size_t n = std::min<std::size_t>(kLane, products.size() - lane);
        const float worst = list.worst();
        float* key = &products[lane];
        int near = 0;
        for (std::size_t i = 0; i < n; ++i) {
            key[i] = keys.shift[lane + i] - keys.scale[lane + i] * key[i];
            near |= key[i] < worst;
        }
        if (near == 0) continue;
        for (std::size_t i = 0; i < n; ++i) list.offer(key[i], first_index + static_cast<int>(lane + i));
    }
}

double exact_distance(std::span<const float> a, std::span<const float> b, Distance distance) {
    double square = 0, dot = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double x = a[i], y = b[i];
        square += (x - y) * (x - y);
        dot += x * y, aa += x * x, bb += y * y;
    }
    if (distance == Distance::l2) return std::sqrt(square);
    return aa > 0 && bb > 0 ? std::clamp(1 - dot / std::sqrt(aa * bb), 0.0, 2.0) : 1.0;
}

/// The k nearest of the candidates, by recomputed distances.
void settle(Neighbours& to, int query_row, std::span<const float> query, const RowSource& base,
            std::vector<Candidate>& candidates, Distance distance) {
    if (static_cast<int>(candidates.size()) < to.k)
        throw DataError("nearest neighbours: a value or its square is not a finite number");
    for (Candidate& c : candidates) c.distance = exact_distance(query, base.read(c.index, 1), distance);
    std::sort(candidates.begin(), candidates.end());
    for (int i = 0; i < to.k; ++i) {
        const auto at =
            static_cast<std::size_t>(query_row) * static_cast<std::size_t>(to.k) + static_cast<std::size_t>(i);
        to.indices[at] = candidates[static_cast<std::size_t>(i)].index;
        to.distances[at] = static_cast<float>(candidates[static_cast<std::size_t>(i)].distance);
    }
}

/// The candidates of some queries, from all of the base.
std::vector<Shortlist> shortlists(Matrix<const float> queries, const RowSource& base, Keys keys, int capacity) {
    std::vector<Shortlist> lists(static_cast<std::size_t>(queries.rows), Shortlist(capacity));
    std::vector<float> products(static_cast<std::size_t>(queries.rows) * kBaseRows);
    for (int first = 0; first < base.rows(); first += kBaseRows) {
        const int n = std::min(kBaseRows, base.rows() - first);
        const std::vector<float> read = base.read(first, n);
        const Matrix<float> block{products.data(), queries.rows, n};
        matmul_nt(block, queries, as_rows(read, queries.cols));
        for (int q = 0; q < queries.rows; ++q)
            offer_row(lists[static_cast<std::size_t>(q)], row_of(block, q), {keys.shift + first, keys.scale + first},
                      first);
    }
    return lists;
}

}  // namespace

NearestNeighbours::NearestNeighbours(const RowSource& base)
    : NearestNeighbours(std::shared_ptr<const RowSource>(std::shared_ptr<void>(), &base)) {}

NearestNeighbours::NearestNeighbours(Matrix<const float> base)
    : NearestNeighbours(std::make_shared<const MatrixRows>(base)) {}

NearestNeighbours::NearestNeighbours(std::shared_ptr<const RowSource> base) : base_(std::move(base)) {
    for (int first = 0; first < base_->rows(); first += kBaseRows) {
        const std::vector<float> read = base_->read(first, std::min(kBaseRows, base_->rows() - first));
        const auto rows = as_rows(read, base_->cols());
        for (int r = 0; r < rows.rows; ++r) {
            double square = 0;
            for (const float v : row_of(rows, r)) square += static_cast<double>(v) * v;
            half_squares_.push_back(static_cast<float>(square / 2));
            inverse_lengths_.push_back(square > 0 ? static_cast<float>(1 / std::sqrt(square)) : 0.0f);
        }
    }
}

Neighbours NearestNeighbours::find(const RowSource& queries, int k, Distance distance, ThreadPool& pool) const {
    if (queries.cols() != base_->cols() || k < 1 || k > base_->rows())
        throw UsageError(fmt::format("nearest neighbours: {} of {} vectors of {}, sought for vectors of {}", k,
                                     base_->rows(), base_->cols(), queries.cols()));
    const std::vector<float> constant(half_squares_.size(), distance == Distance::l2 ? 1.0f : 0.0f);
    const Keys keys = distance == Distance::l2 ? Keys{half_squares_.data(), constant.data()}
                                               : Keys{constant.data(), inverse_lengths_.data()};
    const auto size = static_cast<std::size_t>(queries.rows()) * static_cast<std::size_t>(k);
    Neighbours found{k, std::vector<int>(size), std::vector<float>(size)};
    share_rows(pool, queries.rows(), kQueryRows, [&](int, int first, int n) {
        const std::vector<float> read = queries.read(first, n);
        const auto rows = as_rows(read, queries.cols());
        auto lists = shortlists(rows, *base_, keys, std::min(k + kSpare, base_->rows()));
        for (int q = 0; q < n; ++q)
            settle(found, first + q, row_of(rows, q), *base_, lists[static_cast<std::size_t>(q)].candidates(),
                   distance);
    });
    return found;
}

std::vector<std::uint8_t> vote(std::span<const std::uint8_t> neighbour_labels, int k) {
    const auto width = static_cast<std::size_t>(k);
    std::vector<std::uint8_t> winners;
    for (std::size_t first = 0; first < neighbour_labels.size(); first += width) {
        const auto row = neighbour_labels.subspan(first, width);
        const auto votes = [&](std::uint8_t label) { return std::count(row.begin(), row.end(), label); };
        winners.push_back(*std::max_element(row.begin(), row.end(),
                                            [&](std::uint8_t a, std::uint8_t b) { return votes(a) < votes(b); }));
    }
    return winners;
}

}  // namespace ae
