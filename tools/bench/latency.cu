// The costs of synchronisation on this GPU: an edge of a graph, a barrier of the whole grid, an exchange of partial
// sums between all blocks, a barrier of a cluster. The speed of every engine depends on these four. And what it costs
// to take the images there.
//
//   latency_bench          a line each, microseconds, medians of 15
#include <cooperative_groups.h>

#include <cstdio>
#include <exception>
#include <string>

#include "latency.h"

namespace ae {
namespace {

cudaLaunchAttribute programmatic() {
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    return attribute;
}

cudaLaunchAttribute clusters_of(int blocks) {
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeClusterDimension;
    attribute.val.clusterDim.x = static_cast<unsigned>(blocks);
    attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
    return attribute;
}

// ---------------------------------------------------------------------------------------------------------------------
// an edge of a graph

__global__ void nothing() {}

/// Waits for the kernel before it and lets the one after it start, as a chain of real ones would.
__global__ void nothing_early() {
#if __CUDA_ARCH__ >= 900
    cudaGridDependencySynchronize();
    cudaTriggerProgrammaticLaunchCompletion();
#endif
}

void time_edges(const cudaDeviceProp& device, const Stream& stream) {
    for (const int blocks : {1, device.multiProcessorCount, 2 * device.multiProcessorCount}) {
        const Grid grid{blocks, 256};
        const std::string text = std::to_string(blocks) + " blocks";
        const Graph plain = capture(stream, [&] {
            for (int i = 0; i < kTimes; ++i) launch(nothing, dim3(grid.blocks), dim3(grid.threads), 0, stream);
        });
        say("graph edge, " + text, time_one(stream, [&] { plain.launch(stream); }));
        if (device.major < 9) continue;
        const Graph early = capture(stream, [&] {
            for (int i = 0; i < kTimes; ++i) launch_as(programmatic(), nothing_early, grid, stream);
        });
        say("graph edge, programmatic launch, " + text, time_one(stream, [&] { early.launch(stream); }));
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// a barrier of a cluster

__global__ void cluster_barriers(int times) {
#if __CUDA_ARCH__ >= 900
    const auto cluster = cooperative_groups::this_cluster();
    for (int i = 0; i < times; ++i) cluster.sync();
#endif
}

/// How many clusters of `blocks` blocks, each with a multiprocessor of its own, run at once: none, where the runtime
/// refuses to count them.
int active_clusters(int blocks, Grid grid) {
    cudaLaunchAttribute attribute = clusters_of(blocks);
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(grid.blocks));
    config.blockDim = dim3(static_cast<unsigned>(grid.threads));
    config.dynamicSmemBytes = grid.shared_bytes;
    config.attrs = &attribute;
    config.numAttrs = 1;
    int clusters = 0;
    const cudaError_t status = cudaOccupancyMaxActiveClusters(&clusters, cluster_barriers, &config);
    (void)cudaGetLastError();  // not an error of the calls to come
    return status == cudaSuccess ? clusters : 0;
}

void time_cluster_barriers(const cudaDeviceProp& device, const Stream& stream) {
    if (device.major < 9) return;
    const auto shared = static_cast<int>(device.sharedMemPerBlockOptin);
    check(cudaFuncSetAttribute(cluster_barriers, cudaFuncAttributeMaxDynamicSharedMemorySize, shared));
    check(cudaFuncSetAttribute(cluster_barriers, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
    for (const int blocks : {2, 4, 8, 16}) {
        Grid grid{blocks, 512, device.sharedMemPerBlockOptin};
        const int clusters = active_clusters(blocks, grid);
        const std::string text = std::to_string(clusters) + " clusters of " + std::to_string(blocks);
        if (clusters == 0) {
            std::printf("cluster barrier: no cluster of %d fits\n", blocks);
            continue;
        }
        grid.blocks = blocks * clusters;
        say("cluster barrier, " + text + " at once",
            time_one(stream, [&] { launch_as(clusters_of(blocks), cluster_barriers, grid, stream, kTimes); }));
    }
}

void run() {
    cudaDeviceProp device{};
    check(cudaGetDeviceProperties(&device, 0));
    std::printf("%s, %d multiprocessors, L2 %d MB, %zu bytes of shared memory a block\n", device.name,
                device.multiProcessorCount, device.l2CacheSize >> 20, device.sharedMemPerBlockOptin);
    const Stream stream = make_stream();
    time_edges(device, stream);
    time_grid_barriers(device, stream);
    time_exchange(device, stream);
    time_cluster_barriers(device, stream);
    time_staging(stream);
}

}  // namespace
}  // namespace ae

int main() {
    try {
        ae::run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "latency_bench: %s\n", error.what());
        return 5;
    }
}
