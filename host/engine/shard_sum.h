// The sum of the gradients of a batch's shards, with the same bits for any number of ranks that compute them.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "ae/group.h"
#include "base/thread_pool.h"
#include "engine/shard_tree.h"

namespace ae {

template <typename T>
class ShardSum {
public:
    /// group: null for this process alone. All ranks make theirs at the same time, of `size` numbers.
    ShardSum(Group* group, int shards, std::size_t size, ThreadPool& pool)
        : rank_(group ? group->rank() : 0),
          ranks_(group ? group->size() : 1),
          shards_(shards),
          part_(part_in_numbers(size)),
          pool_(pool),
          nodes_(own_nodes({0, shards}, shards, ranks_)) {
        if (ranks_ == 1) {
            own_.resize(size);
            return;
        }
        std::vector<int> owners;
        for (const OwnNode& own : nodes_) owners.push_back(own.rank);
        exchange_ = &group->exchange(size * sizeof(T), owners);
    }

    /// Calls compute(shard, T* to) for this rank's shards, each of which writes `size` numbers, and returns the sum of
    /// all shards of all ranks. It stays until the next call.
    template <typename Compute>
    T* of(std::size_t size, Compute compute) {
        for (std::size_t slot = 0; slot < nodes_.size(); ++slot)
            if (nodes_[slot].rank == rank_) add_own(nodes_[slot].node, vector(slot), size, 0, compute);
        if (exchange_ == nullptr) return own_.data();
        exchange_->deal();
        T* to = static_cast<T*>(exchange_->sum_part());
        const T* sum = add_parts({0, shards_}, to, 0);
        if (sum != to) std::copy_n(sum, part_.size(), to);
        return static_cast<T*>(exchange_->share());
    }

private:
    static constexpr int kElements = 16384;  // in a task

    Portion part_in_numbers(std::size_t size) const {
        const Portion bytes = portion_of(size * sizeof(T), rank_, ranks_, Exchange::kUnit);
        return {bytes.begin / sizeof(T), bytes.end / sizeof(T)};
    }
    T* vector(std::size_t slot) {
        return exchange_ == nullptr ? own_.data() : static_cast<T*>(exchange_->vector(static_cast<int>(slot)));
    }
    /// A place for the right half of a node at this depth.
    T* scratch(std::size_t depth, std::size_t size) {
        if (scratch_.size() <= depth) scratch_.resize(depth + 1);
        if (scratch_[depth].size() < size) scratch_[depth].resize(size);
        return scratch_[depth].data();
    }

    /// to ← a + b
    void add(T* to, const T* a, const T* b, std::size_t size) {
        pool_.for_range(static_cast<int>(size), kElements, [&](int first, int count) {
            for (int i = first; i < first + count; ++i) to[i] = a[i] + b[i];
        });
    }

    /// to ← the sum of a node whose shards are all this rank's.
    template <typename Compute>
    void add_own(ShardNode node, T* to, std::size_t size, std::size_t depth, Compute& compute) {
        if (node.is_shard()) return compute(node.first, to);
        add_own(node.left(), to, size, depth + 1, compute);
        T* right = scratch(depth, size);
        add_own(node.right(), right, size, depth + 1, compute);
        add(to, to, right, size);
    }

    /// This rank's part of the sum of a node, at `to` or where it lies already.
    const T* add_parts(ShardNode node, T* to, std::size_t depth) {
        for (std::size_t slot = 0; slot < nodes_.size(); ++slot)
            if (nodes_[slot].node == node) return static_cast<const T*>(exchange_->part(static_cast<int>(slot)));
        const T* left = add_parts(node.left(), to, depth + 1);
        const T* right = add_parts(node.right(), scratch(depth, part_.size()), depth + 1);
        add(to, left, right, part_.size());
        return to;
    }

    int rank_, ranks_, shards_;
    Portion part_;
    ThreadPool& pool_;
    std::vector<OwnNode> nodes_;
    Exchange* exchange_ = nullptr;  // null: this rank has all shards
    std::vector<T> own_;
    std::vector<std::vector<T>> scratch_;
};

}  // namespace ae
