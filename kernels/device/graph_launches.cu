// Counting the kernels of a graph: its nodes in an order in which each comes after those it waits for, and for each the
// longest chain that ends there.
#include <algorithm>
#include <map>
#include <vector>

#include "device/graph_launches.h"

namespace ae {

namespace {

using Node = cudaGraphNode_t;

struct Edges {
    std::vector<Node> from, to;
};

/// Three signatures: edges have data since CUDA 12.3 (here those of kernels that begin overlapping), and the function
/// that returns it has the plain name since CUDA 13.
cudaError_t get_edges(cudaGraph_t graph, Node* from, Node* to, std::size_t* count) {
#if CUDART_VERSION >= 12030
    std::vector<cudaGraphEdgeData> data(from == nullptr ? 0 : *count);
    cudaGraphEdgeData* const kept = from == nullptr ? nullptr : data.data();
#endif
#if CUDART_VERSION >= 13000
    return cudaGraphGetEdges(graph, from, to, kept, count);
#elif CUDART_VERSION >= 12030
    return cudaGraphGetEdges_v2(graph, from, to, kept, count);
#else
    return cudaGraphGetEdges(graph, from, to, count);
#endif
}

Edges edges_of(cudaGraph_t graph, Location at) {
    std::size_t count = 0;
    check(get_edges(graph, nullptr, nullptr, &count), at);
    Edges edges{std::vector<Node>(count), std::vector<Node>(count)};
    if (count > 0) check(get_edges(graph, edges.from.data(), edges.to.data(), &count), at);
    return edges;
}

std::vector<Node> nodes_of(cudaGraph_t graph, Location at) {
    std::size_t count = 0;
    check(cudaGraphGetNodes(graph, nullptr, &count), at);
    std::vector<Node> nodes(count);
    if (count > 0) check(cudaGraphGetNodes(graph, nodes.data(), &count), at);
    return nodes;
}

bool is_kernel(Node node, Location at) {
    cudaGraphNodeType type{};
    check(cudaGraphNodeGetType(node, &type), at);
    return type == cudaGraphNodeTypeKernel;
}

/// The nodes after one, and how many it waits for itself.
struct Place {
    std::vector<Node> after;
    int waits = 0;
    int chain = 0;  ///< kernels of the longest chain before it
};

}  // namespace

StepLaunches count_launches(const GraphTemplate& graph, Location at) {
    std::map<Node, Place> places;
    std::vector<Node> ready;
    const Edges edges = edges_of(graph, at);
    for (std::size_t e = 0; e < edges.from.size(); ++e) {
        places[edges.from[e]].after.push_back(edges.to[e]);
        ++places[edges.to[e]].waits;
    }
    for (const Node node : nodes_of(graph, at))
        if (places[node].waits == 0) ready.push_back(node);

    StepLaunches launches;
    while (!ready.empty()) {
        const Node node = ready.back();
        ready.pop_back();
        const int kernel = is_kernel(node, at) ? 1 : 0, chain = places[node].chain + kernel;
        launches.kernels += kernel;
        launches.longest_chain = std::max(launches.longest_chain, chain);
        for (const Node next : places[node].after) {
            Place& place = places[next];
            place.chain = std::max(place.chain, chain);
            if (--place.waits == 0) ready.push_back(next);
        }
    }
    return launches;
}

}  // namespace ae
