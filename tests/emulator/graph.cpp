// Graphs: recorded work, replayed in any order that the recording allows.
#include <algorithm>
#include <random>

#include "control.h"
#include "stream.h"

using namespace emulator;

namespace {

/// What may run now, given what has run.
std::vector<std::size_t> ready(const std::vector<EmulatedNode>& nodes, const std::vector<bool>& done) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        bool waits = done[i];
        for (const std::size_t before : nodes[i].after) waits = waits || !done[before];
        if (!waits) found.push_back(i);
    }
    return found;
}

/// Runs all nodes, so that an edge that is missing changes the result: each launch ranks the nodes at random, and of
/// those that may run the first in rank does. A node that is last in rank waits as long as its edges allow; were one
/// of those that may run drawn each time, a branch would hardly ever wait for the whole of another.
cudaError_t replay(const std::vector<EmulatedNode>& nodes, std::uint64_t launch) {
    std::mt19937_64 random(simt::seed() + launch);
    std::vector<std::uint64_t> rank(nodes.size());
    for (std::uint64_t& r : rank) r = random();
    std::vector<bool> done(nodes.size());
    for (std::size_t n = 0; n < nodes.size(); ++n) {
        const auto choice = ready(nodes, done);
        const std::size_t node = *std::ranges::min_element(choice, {}, [&](std::size_t i) { return rank[i]; });
        if (const cudaError_t failed = nodes[node].work()) return failed;
        done[node] = true;
    }
    return cudaSuccess;
}

}  // namespace

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (nodes != nullptr)
        for (std::size_t i = 0; i < *count; ++i) nodes[i] = &graph->nodes[i];
    *count = graph->nodes.size();
    return cudaSuccess;
}

cudaError_t cudaGraphGetEdges(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, cudaGraphEdgeData*,
                              std::size_t* count) {
    if (const cudaError_t failed = begin_call()) return failed;
    std::size_t edges = 0;
    for (const EmulatedNode& node : graph->nodes)
        for (const std::size_t before : node.after) {
            if (from != nullptr) from[edges] = &graph->nodes[before], to[edges] = &node;
            ++edges;
        }
    *count = edges;
    return cudaSuccess;
}

cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType* type) {
    if (const cudaError_t failed = begin_call()) return failed;
    *type = node->type;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (graph == nullptr) return end_call(cudaErrorInvalidValue);
    *exec = new EmulatedGraphExec{graph->nodes};
    ++live_handles();
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (exec == nullptr) return end_call(cudaErrorInvalidValue);
    return submit(stream, [exec] { return replay(exec->nodes, exec->launches++); });
}
