#include "stream.h"

#include <chrono>

#include "control.h"

namespace emulator {

namespace {

/// All that streams and events still know of.
std::vector<std::weak_ptr<Recording>>& recordings() {
    static std::vector<std::weak_ptr<Recording>> all;
    return all;
}

/// What the legacy default stream has still to do.
std::vector<std::function<cudaError_t()>>& late_work() {
    static std::vector<std::function<cudaError_t()>> all;
    return all;
}

Recording* recording_of(cudaStream_t stream) {
    return stream == nullptr ? nullptr : stream->recording.get();
}

void end(Recording& recording) {
    recording.active = false;
    for (cudaStream_t stream : recording.streams) {
        stream->tail.clear();
        stream->recording.reset();
    }
}

/// Whether everything that joined streams recorded comes before what the origin would do next.
bool joined(const Recording& recording) {
    std::set<std::size_t> loose;
    for (std::size_t i = 0; i < recording.graph.nodes.size(); ++i) loose.insert(i);
    for (const EmulatedNode& node : recording.graph.nodes)
        for (const std::size_t before : node.after) loose.erase(before);
    for (const std::size_t node : recording.origin->tail) loose.erase(node);
    return loose.empty();
}

template <typename T>
cudaError_t create(T** handle) {
    if (const cudaError_t failed = begin_call()) return failed;
    *handle = new T;
    ++live_handles();
    return cudaSuccess;
}

template <typename T>
cudaError_t destroy(T* handle) {
    if (handle == nullptr) return end_call(cudaErrorInvalidResourceHandle);
    delete handle;
    --live_handles();
    return cudaSuccess;
}

double now_in_milliseconds() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count() +
           control().clock_ms;
}

}  // namespace

std::size_t& live_handles() {
    static std::size_t count = 0;
    return count;
}

cudaError_t refuse_while_recording() {
    bool any = false;
    for (const auto& weak : recordings()) {
        const auto recording = weak.lock();
        if (recording == nullptr || !recording->active) continue;
        recording->invalid = true;
        any = true;
    }
    return any ? end_call(cudaErrorStreamCaptureUnsupported) : cudaSuccess;
}

cudaError_t submit_late(std::function<cudaError_t()> work) {
    if (refuse_while_recording() != cudaSuccess) return end_call(cudaErrorStreamCaptureImplicit);
    late_work().push_back(std::move(work));
    return cudaSuccess;
}

cudaError_t finish_legacy() {
    for (const auto& work : std::exchange(late_work(), {}))
        if (const cudaError_t failed = work()) return failed;
    return cudaSuccess;
}

cudaError_t submit(cudaStream_t stream, std::function<cudaError_t()> work, cudaGraphNodeType type) {
    if (stream == nullptr && refuse_while_recording() != cudaSuccess) return end_call(cudaErrorStreamCaptureImplicit);
    if (stream == nullptr)
        if (const cudaError_t failed = finish_legacy()) return end_call(failed);
    if (stream != nullptr && stream->device != current_device()) return end_call(cudaErrorInvalidResourceHandle);
    Recording* recording = recording_of(stream);
    if (recording == nullptr) return end_call(work());
    if (recording->invalid) return end_call(cudaErrorStreamCaptureInvalidated);
    recording->graph.nodes.push_back({std::move(work), stream->tail, type});
    stream->tail = {recording->graph.nodes.size() - 1};
    return cudaSuccess;
}

}  // namespace emulator

using namespace emulator;

// --- streams

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
    return create(stream);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    if (const auto recording = stream == nullptr ? nullptr : stream->recording) {
        recording->invalid = true;
        if (recording->origin == stream) end(*recording);
        recording->streams.erase(stream);
    }
    return destroy(stream);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (recording_of(stream) == nullptr && stream != nullptr) return cudaSuccess;
    if (const cudaError_t refused = refuse_while_recording()) return refused;
    return stream == nullptr ? end_call(finish_legacy()) : cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
    if (const cudaError_t failed = begin_call()) return failed;
    if (const cudaError_t refused = refuse_while_recording()) return refused;
    return end_call(finish_legacy());
}

// --- events

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
    const cudaError_t status = create(event);
    if (status == cudaSuccess) (*event)->keeps_time = flags != cudaEventDisableTiming;
    return status;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
    return destroy(event);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    if (const cudaError_t failed = begin_call()) return failed;
    event->recorded = true;
    event->milliseconds = now_in_milliseconds();
    event->recording = stream == nullptr ? nullptr : stream->recording;
    event->tail = stream == nullptr ? std::set<std::size_t>() : stream->tail;
    return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (event->recording == nullptr) return cudaSuccess;  // everything outside a recording is done
    if (!event->recording->active) return end_call(cudaErrorCapturedEvent);
    if (stream == nullptr || (stream->recording && stream->recording != event->recording))
        return end_call(cudaErrorStreamCaptureUnsupported);
    stream->recording = event->recording;
    stream->recording->streams.insert(stream);
    stream->tail.insert(event->tail.begin(), event->tail.end());
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    if (const cudaError_t failed = begin_call()) return failed;
    return event->recording ? refuse_while_recording() : cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
    if (const cudaError_t failed = begin_call()) return failed;
    for (const cudaEvent_t event : {start, end})
        if (!event->recorded || !event->keeps_time) return end_call(cudaErrorInvalidResourceHandle);
    *milliseconds = float(end->milliseconds - start->milliseconds);
    return cudaSuccess;
}

// --- recording

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
    if (const cudaError_t failed = begin_call()) return failed;
    if (stream == nullptr || stream->recording) return end_call(cudaErrorStreamCaptureUnsupported);
    stream->recording = std::make_shared<Recording>();
    stream->recording->origin = stream;
    stream->recording->streams = {stream};
    std::erase_if(recordings(), [](const auto& weak) { return weak.expired(); });
    recordings().push_back(stream->recording);
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
    *graph = nullptr;
    const cudaError_t injected = begin_call();
    const std::shared_ptr<Recording> recording = stream == nullptr ? nullptr : stream->recording;
    if (recording == nullptr || recording->origin != stream) return end_call(cudaErrorInvalidValue);
    const bool complete = joined(*recording);
    end(*recording);
    if (injected != cudaSuccess) return injected;
    if (recording->invalid) return end_call(cudaErrorStreamCaptureInvalidated);
    if (!complete) return end_call(cudaErrorStreamCaptureUnjoined);
    *graph = new EmulatedGraph(std::move(recording->graph));
    ++live_handles();
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
    if (const cudaError_t failed = begin_call()) return failed;
    const Recording* recording = recording_of(stream);
    *status = recording == nullptr ? cudaStreamCaptureStatusNone
              : recording->invalid ? cudaStreamCaptureStatusInvalidated
                                   : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    return destroy(graph);
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
    return destroy(exec);
}
