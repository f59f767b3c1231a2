// Messages of CUDA errors, allocation, graphs.
#include <stdexcept>
#include <string_view>

#include "ae/error.h"
#include "device/device.h"
#include "device/gpu.h"

namespace ae {

namespace {

std::string version(int v) {
    return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10);
}

std::string mebibytes(std::size_t bytes) {
    return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

std::string driver_advice() {
    int driver = 0, runtime = 0;
    (void)cudaDriverGetVersion(&driver);
    (void)cudaRuntimeGetVersion(&runtime);
    if (driver == 0) return "no NVIDIA driver was found; install one, or use --engine cpu";
    return "the driver supports CUDA " + version(driver) + ", this build needs " + version(runtime) +
           "; update the NVIDIA driver, or use --engine cpu";
}

std::string memory_advice(std::size_t needed) {
    std::size_t available = 0, total = 0;
    const bool known = cudaMemGetInfo(&available, &total) == cudaSuccess;
    return (needed == 0 ? "" : mebibytes(needed) + " needed, ") +
           (known ? mebibytes(available) + " free of " + mebibytes(total) + "; " : "") +
           "use a smaller --batch-size, or end other programs on this GPU";
}

std::string advice(cudaError_t status) {
    switch (status) {
        case cudaErrorMemoryAllocation:
            return memory_advice(0);
        case cudaErrorNoKernelImageForDevice:
            return "this build has code for " + built_architectures() +
                   "; build again with -DCMAKE_CUDA_ARCHITECTURES=native on this machine";
        case cudaErrorInsufficientDriver:
        case cudaErrorUnsupportedPtxVersion:
            return driver_advice();
        case cudaErrorNoDevice:
            return "check that nvidia-smi lists a GPU and that CUDA_VISIBLE_DEVICES does not hide it, "
                   "or use --engine cpu";
        default:
            return "";
    }
}

std::string describe(cudaError_t status, const std::string& advice = "") {
    return std::string(cudaGetErrorName(status)) + ": " + cudaGetErrorString(status) +
           (advice.empty() ? "" : "; " + advice);
}

/// "cuda.cu:12".
std::string short_place(Location at) {
    const std::string_view path = at.file_name();
    return std::string(path.substr(path.find_last_of('/') + 1)) + ":" + std::to_string(at.line());
}

}  // namespace

void throw_gpu_error(const std::string& what, Location at) {
    (void)cudaGetLastError();  // or the next check would report this error again
    throw GpuError("GPU: " + what + " (" + short_place(at) + ")");
}

void check(cudaError_t status, Location at) {
    if (status != cudaSuccess) throw_gpu_error(describe(status, advice(status)), at);
}

std::string explain(cudaError_t status) {
    const std::string what_to_do = advice(status);
    return what_to_do.empty() ? describe(status) : what_to_do;
}

void require_shapes(bool fit, Location at) {
    if (!fit) throw std::logic_error("shapes do not fit (" + short_place(at) + ")");
}

Stream make_stream(Location at) {
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), at);
    return Stream(stream);
}

namespace {

Event make_event(unsigned flags, Location at) {
    cudaEvent_t event = nullptr;
    check(cudaEventCreateWithFlags(&event, flags), at);
    return Event(event);
}

}  // namespace

Event make_event(Location at) {
    return make_event(cudaEventDisableTiming, at);
}

Event make_timing_event(Location at) {
    return make_event(cudaEventDefault, at);
}

DeviceMemory allocate_device(std::size_t bytes, Location at) {
    void* memory = nullptr;
    const cudaError_t status = cudaMalloc(&memory, bytes);
    if (status == cudaErrorMemoryAllocation) throw_gpu_error(describe(status, memory_advice(bytes)), at);
    check(status, at);
    return DeviceMemory(memory);
}

Graph::Graph(const GraphTemplate& recorded, Location at) {
    cudaGraphExec_t exec = nullptr;
    check(cudaGraphInstantiate(&exec, recorded, 0), at);
    exec_ = GraphExec(exec);
}

void Graph::launch(cudaStream_t stream, Location at) const {
    check(cudaGraphLaunch(exec_, stream), at);
}

CaptureScope::CaptureScope(cudaStream_t stream, Location at) : stream_(stream) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), at);
}

CaptureScope::~CaptureScope() {
    if (!recording_) return;
    cudaGraph_t unfinished = nullptr;
    (void)cudaStreamEndCapture(stream_, &unfinished);
    const GraphTemplate discarded(unfinished);
    (void)cudaGetLastError();
}

GraphTemplate CaptureScope::end(Location at) {
    recording_ = false;
    cudaGraph_t graph = nullptr;
    check(cudaStreamEndCapture(stream_, &graph), at);
    return GraphTemplate(graph);
}

std::string describe_gpu(int device) {
    cudaDeviceProp gpu{};
    check(cudaGetDeviceProperties(&gpu, device));
    return std::string(gpu.name) + " (sm_" + std::to_string(gpu.major * 10 + gpu.minor) + ", " +
           std::to_string(gpu.totalGlobalMem >> 30) + " GiB)";
}

std::string current_gpu() {
    int device = 0;
    check(cudaGetDevice(&device));
    return describe_gpu(device);
}

}  // namespace ae
