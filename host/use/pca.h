// Principal component analysis: the linear autoencoder that any other has to beat.
#pragma once
#include <vector>

#include "ae/view.h"
#include "base/row_source.h"
#include "base/thread_pool.h"

namespace ae {

/// The best k-dimensional linear code of given images in the sense of squared error (Eckart and Young, 1936).
class Pca {
public:
    /// From n × p images. Throws UsageError unless 1 ≤ k ≤ p. The bits do not depend on the number of threads.
    Pca(const RowSource& images, int k, ThreadPool& pool);
    Pca(Matrix<const float> images, int k, ThreadPool& pool) : Pca(MatrixRows(images), k, pool) {}

    int pixels() const { return static_cast<int>(mean_.size()); }
    int components() const { return static_cast<int>(variances_.size()); }
    const std::vector<double>& variances() const { return variances_; }  ///< along the components, descending
    const std::vector<float>& mean() const { return mean_; }             ///< image [p]
    const std::vector<float>& basis() const { return basis_; }           ///< [k × p], orthonormal rows

    std::vector<float> project(const RowSource& images, ThreadPool& pool) const;  ///< n × p to n × k
    std::vector<float> project(Matrix<const float> images, ThreadPool& pool) const {
        return project(MatrixRows(images), pool);
    }
    std::vector<float> reconstruct(Matrix<const float> codes, ThreadPool& pool) const;  ///< n × k to n × p in [0, 1]

private:
    std::vector<float> mean_;
    std::vector<float> basis_;
    std::vector<double> variances_;
};

}  // namespace ae
