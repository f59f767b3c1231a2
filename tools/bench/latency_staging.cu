// The cost of copying a data set to the device once: from memory as the program has it, from the same memory
// page-locked first, and through two page-locked buffers in turns. What page-locking costs is counted: it is paid once
// a run, as the copy is.
#include <array>
#include <cstdint>
#include <cstring>

#include "base/stopwatch.h"
#include "latency.h"

namespace ae {

namespace {

constexpr std::size_t kImages = std::size_t(60000) * 784, kChunk = std::size_t(4) << 20;

using Bytes = std::vector<std::uint8_t>;
using PageLocked = Handle<void*, cudaFreeHost>;

void copy_as_it_is(std::uint8_t* to, const Bytes& from, const Stream& stream) {
    copy(to, from.data(), from.size(), stream);
    check(cudaStreamSynchronize(stream));
}

void copy_page_locked(std::uint8_t* to, Bytes& from, const Stream& stream) {
    check(cudaHostRegister(from.data(), from.size(), cudaHostRegisterDefault));
    copy_as_it_is(to, from, stream);
    check(cudaHostUnregister(from.data()));
}

PageLocked page_locked(std::size_t bytes) {
    void* memory = nullptr;
    check(cudaHostAlloc(&memory, bytes, cudaHostAllocDefault));
    return PageLocked(memory);
}

void copy_in_chunks(std::uint8_t* to, const Bytes& from, const Stream& stream) {
    const std::array<PageLocked, 2> buffers{page_locked(kChunk), page_locked(kChunk)};
    const std::array<Event, 2> read{make_event(), make_event()};
    for (std::size_t first = 0, turn = 0; first < from.size(); first += kChunk, turn = 1 - turn) {
        const std::size_t bytes = std::min(kChunk, from.size() - first);
        check(cudaEventSynchronize(read[turn]));
        std::memcpy(buffers[turn].get(), from.data() + first, bytes);
        copy(to + first, static_cast<const std::uint8_t*>(buffers[turn].get()), bytes, stream);
        check(cudaEventRecord(read[turn], stream));
    }
    check(cudaStreamSynchronize(stream));
}

template <typename F>
void say_milliseconds(const char* what, F act) {
    std::vector<double> seconds;
    for (int i = 0; i < kWarmUps + kRepeats; ++i) {
        const Stopwatch watch;
        act();
        if (i >= kWarmUps) seconds.push_back(watch.seconds());
    }
    std::nth_element(seconds.begin(), seconds.begin() + kRepeats / 2, seconds.end());
    std::printf("%-62s %8.3f ms\n", what, 1e3 * seconds[kRepeats / 2]);
    std::fflush(stdout);
}

}  // namespace

void time_staging(const Stream& stream) {
    const DeviceBuffer<std::uint8_t> to(kImages);
    Bytes from(kImages, 1);
    say_milliseconds("47 MB to the device, as they are", [&] { copy_as_it_is(to.data(), from, stream); });
    say_milliseconds("47 MB to the device, page-locked first", [&] { copy_page_locked(to.data(), from, stream); });
    say_milliseconds("47 MB to the device, through two page-locked buffers",
                     [&] { copy_in_chunks(to.data(), from, stream); });
}

}  // namespace ae
