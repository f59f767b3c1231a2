// The foundation of every .cu file: checked calls, owners of CUDA's resources, one way to launch a kernel, graphs
// captured from ordinary code.
//
// nvcc compiles it against the CUDA runtime; the tests compile the same code with g++ against tests/emulator/, which
// runs kernels on the CPU. So kernels declare shared memory with the two macros below and are started with launch().
#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#if !defined(AE_SHARED)  // tests/emulator/ has its own
/// `T name[n]` in shared memory, inside a kernel. Undefined until written.
#define AE_SHARED(T, name, n) __shared__ T name[n]
/// `T* name`: the dynamic shared memory of the launch.
#define AE_DYN_SHARED(T, name)                                     \
    extern __shared__ __align__(16) unsigned char ae_dyn_shared[]; \
    T* name = reinterpret_cast<T*>(ae_dyn_shared)
#endif

namespace ae {

using Location = std::source_location;

// ---------------------------------------------------------------------------------------------------------------------
// errors

/// Throws GpuError: what failed, `what` happened, in which file and line. Clears the runtime's last error.
[[noreturn]] void throw_gpu_error(const std::string& what, Location at);

/// Throws GpuError unless `status` is cudaSuccess, saying what to do where that is known.
void check(cudaError_t status, Location at = Location::current());

/// Advice on an error if there is any, otherwise its name and text.
std::string explain(cudaError_t status);

/// Throws std::logic_error unless the shapes given to a verb fit: a bug of the caller.
void require_shapes(bool fit, Location at = Location::current());

/// "sm_75 sm_90": the GPUs that this build has code for.
std::string built_architectures();

// ---------------------------------------------------------------------------------------------------------------------
// owners

/// Owns a handle that `destroy` frees. A destructor cannot report, so what `destroy` returns is dropped.
template <typename T, auto destroy>
class Handle {
public:
    Handle() = default;
    explicit Handle(T handle) noexcept : handle_(handle) {}
    Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, T())) {}
    Handle& operator=(Handle&& other) noexcept {
        Handle(std::move(other)).swap(*this);
        return *this;
    }
    ~Handle() {
        if (handle_) destroy(handle_);
    }

    T get() const noexcept { return handle_; }
    operator T() const noexcept { return handle_; }
    void swap(Handle& other) noexcept { std::swap(handle_, other.handle_); }

private:
    T handle_ = T();
};

using Stream = Handle<cudaStream_t, cudaStreamDestroy>;
using Event = Handle<cudaEvent_t, cudaEventDestroy>;
using GraphTemplate = Handle<cudaGraph_t, cudaGraphDestroy>;
using GraphExec = Handle<cudaGraphExec_t, cudaGraphExecDestroy>;
using DeviceMemory = Handle<void*, static_cast<cudaError_t (*)(void*)>(cudaFree)>;

/// A stream that does not wait for the default stream, as capture needs.
Stream make_stream(Location at = Location::current());
/// An event that orders streams and keeps no time, which costs less.
Event make_event(Location at = Location::current());
/// An event that keeps its time.
Event make_timing_event(Location at = Location::current());

/// Device memory, uninitialised. Throws GpuError that says how much was asked for and how much was free.
DeviceMemory allocate_device(std::size_t bytes, Location at = Location::current());

/// Owns `size` elements of device memory.
template <typename T>
class DeviceBuffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    DeviceBuffer() = default;
    explicit DeviceBuffer(std::size_t size, Location at = Location::current())
        : memory_(allocate_device(bytes(size, at), at)), size_(size) {}
    DeviceBuffer(DeviceBuffer&& other) noexcept
        : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
    DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
        memory_ = std::move(other.memory_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    T* data() const noexcept { return static_cast<T*>(memory_.get()); }
    std::size_t size() const noexcept { return size_; }

private:
    static std::size_t bytes(std::size_t size, Location at) {
        if (size > std::numeric_limits<std::size_t>::max() / sizeof(T))
            throw_gpu_error(std::to_string(size) + " elements of device memory are more than any device has", at);
        return size * sizeof(T);
    }

    DeviceMemory memory_;
    std::size_t size_ = 0;
};

/// Copies between host and device in either direction, or within the device. Returns before the copy is done.
template <typename T>
void copy(T* to, const std::type_identity_t<T>* from, std::size_t count, cudaStream_t stream,
          Location at = Location::current()) {
    static_assert(std::is_trivially_copyable_v<T>);
    check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDefault, stream), at);
}

// ---------------------------------------------------------------------------------------------------------------------
// launches

/// A stream, and the line of the launch that names it: an error of the launch is reported there.
struct LaunchStream {
    LaunchStream(cudaStream_t s, Location l = Location::current()) : stream(s), at(l) {}
    LaunchStream(const Stream& s, Location l = Location::current()) : stream(s), at(l) {}
    cudaStream_t stream;
    Location at;
};

/// When a kernel begins: once the one before in its stream has ended, or while that still runs.
enum class Begin { after_kernel_before, overlapping };

/// kernel<<<grid, block, shared_bytes, stream>>>(args...), checked. One that begins overlapping calls
/// begin_after_kernel_before().
template <typename... P>
void launch(Begin begin, void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, LaunchStream on,
            std::type_identity_t<P>... args) {
    cudaLaunchAttribute overlap{};
    overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    overlap.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = grid;
    config.blockDim = block;
    config.dynamicSmemBytes = shared_bytes;
    config.stream = on.stream;
    config.attrs = &overlap;
    config.numAttrs = begin == Begin::overlapping ? 1 : 0;
    check(cudaLaunchKernelEx(&config, kernel, args...), on.at);
}
template <typename... P>
void launch(void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, LaunchStream on,
            std::type_identity_t<P>... args) {
    launch(Begin::after_kernel_before, kernel, grid, block, shared_bytes, on, args...);
}

/// 80 for compute_80: the code of a kernel that was loaded. The device cannot be asked: it may run code that the driver
/// compiled from older PTX.
template <typename... P>
int code_version(void (*kernel)(P...), Location at = Location::current()) {
    cudaFuncAttributes attributes{};
    check(cudaFuncGetAttributes(&attributes, kernel), at);
    return attributes.ptxVersion;
}

#if defined(__CUDACC__)
/// Waits until the kernel before has ended and what it wrote can be seen; then lets the next one begin. Before the call
/// a kernel writes nothing, and reads nothing that the kernel before writes: what older ones wrote is there, since the
/// kernel before had waited for them when it let this one begin. Nothing where the code is for GPUs before sm_90, whose
/// kernels never overlap.
__device__ inline void begin_after_kernel_before() {
#if __CUDA_ARCH__ >= 900
    cudaGridDependencySynchronize();
    cudaTriggerProgrammaticLaunchCompletion();
#endif
}
#else
inline void begin_after_kernel_before() {}
#endif

/// Lets a kernel be launched with this much dynamic shared memory, which may be more than 48 KiB.
template <typename... P>
void allow_shared(void (*kernel)(P...), std::size_t bytes, Location at = Location::current()) {
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)), at);
}

/// Asks for as much of a multiprocessor's memory as can be shared memory, for as many blocks at a time as fit.
template <typename... P>
void prefer_shared(void (*kernel)(P...), Location at = Location::current()) {
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared),
          at);
}

/// Blocks of `per_block` that cover `count` elements.
inline unsigned blocks_for(std::size_t count, unsigned per_block) {
    return static_cast<unsigned>((count + per_block - 1) / per_block);
}

// ---------------------------------------------------------------------------------------------------------------------
// graphs

/// Work that was recorded once and can be launched any number of times. Empty until assigned.
class Graph {
public:
    Graph() = default;
    explicit Graph(const GraphTemplate& recorded, Location at = Location::current());

    void launch(cudaStream_t stream, Location at = Location::current()) const;

private:
    GraphExec exec_;
};

/// Records what is sent to a stream instead of running it, from construction to end(). Where an exception ends the
/// scope early the recording is thrown away and the stream can be used again.
class CaptureScope {
public:
    explicit CaptureScope(cudaStream_t stream, Location at = Location::current());
    CaptureScope(const CaptureScope&) = delete;
    CaptureScope& operator=(const CaptureScope&) = delete;
    ~CaptureScope();

    GraphTemplate end(Location at = Location::current());
    Graph finish(Location at = Location::current()) { return Graph(end(at), at); }

private:
    cudaStream_t stream_;
    bool recording_ = true;
};

/// The graph of what `body` sends to `stream`; nothing runs before Graph::launch.
template <typename F>
Graph capture(cudaStream_t stream, F&& body, Location at = Location::current()) {
    CaptureScope scope(stream, at);
    std::forward<F>(body)();
    return scope.finish(at);
}

}  // namespace ae
