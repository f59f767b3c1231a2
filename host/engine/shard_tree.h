// The order in which the gradients of a batch's shards are added: a binary tree, which depends on their number alone.
#pragma once
#include <vector>

namespace ae {

/// The sum of shards first … first+count−1: of a left half and a right one, unless it is a shard itself.
struct ShardNode {
    int first = 0, count = 1;

    bool is_shard() const { return count == 1; }
    ShardNode left() const { return {first, (count + 1) / 2}; }
    ShardNode right() const { return {first + left().count, count - left().count}; }
    bool operator==(const ShardNode&) const = default;
};

/// The rank that computes a shard: ranks take consecutive ones, as many each as they can.
inline int rank_of_shard(int shard, int shards, int ranks) {
    return static_cast<int>((static_cast<long>(shard + 1) * ranks - 1) / shards);
}

/// A node that one rank adds up alone.
struct OwnNode {
    ShardNode node;
    int rank = 0;
    bool operator==(const OwnNode&) const = default;
};

/// The largest nodes that are of one rank each, from left to right. Above them the ranks add together.
inline std::vector<OwnNode> own_nodes(ShardNode node, int shards, int ranks) {
    const int rank = rank_of_shard(node.first, shards, ranks);
    if (rank == rank_of_shard(node.first + node.count - 1, shards, ranks)) return {{node, rank}};
    std::vector<OwnNode> nodes = own_nodes(node.left(), shards, ranks);
    for (const OwnNode& right : own_nodes(node.right(), shards, ranks)) nodes.push_back(right);
    return nodes;
}

}  // namespace ae
