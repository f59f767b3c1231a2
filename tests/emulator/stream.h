// Streams, and the recording of streams into graphs.
#pragma once
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "runtime.h"

/// A piece of work and those that must be done before it.
struct EmulatedNode {
    std::function<cudaError_t()> work;
    std::set<std::size_t> after;
    cudaGraphNodeType type;
};

struct EmulatedGraph {
    std::vector<EmulatedNode> nodes;  // each after those it needs
};

struct EmulatedGraphExec {
    std::vector<EmulatedNode> nodes;
    std::uint64_t launches = 0;
};

namespace emulator {

/// From cudaStreamBeginCapture to cudaStreamEndCapture. Streams join it by waiting for an event of it.
struct Recording {
    cudaStream_t origin = nullptr;
    std::set<cudaStream_t> streams;
    EmulatedGraph graph;
    bool active = true;
    bool invalid = false;
};

/// Handles that are alive, of all kinds.
std::size_t& live_handles();

/// For calls that would wait for the device, or use the default stream: an error while anything is recorded, and the
/// end of that recording.
cudaError_t refuse_while_recording();

// Nothing of the project's waits for the legacy default stream of itself: its own streams are made not to. What memset
// and copies to the device may leave undone when they return is therefore done here as late as CUDA allows: when the
// same stream is sent something else, is waited for, or the device is.

/// Keeps work of the legacy default stream for later.
cudaError_t submit_late(std::function<cudaError_t()> work);

/// Does what was kept.
cudaError_t finish_legacy();

}  // namespace emulator

struct EmulatedStream {
    int device = emulator::current_device();  // at its creation; work for it comes from there alone
    std::shared_ptr<emulator::Recording> recording;
    std::set<std::size_t> tail;  // nodes that the stream's next node comes after
};

struct EmulatedEvent {
    std::shared_ptr<emulator::Recording> recording;
    std::set<std::size_t> tail;
    double milliseconds = 0;
    bool recorded = false;
    bool keeps_time = true;
};
