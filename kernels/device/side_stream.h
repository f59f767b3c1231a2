// A stream beside the main one, for work that the main one does not wait for until the end of a step.
#pragma once
#include "device/device.h"

namespace ae {

/// Work sent here begins after all that the main stream was sent before it, and runs beside what the main stream is
/// sent next, until join(). Recorded into a graph these are edges, and cost nothing.
class SideStream {
public:
    /// Calls body(stream), whose work follows the main stream's.
    template <typename F>
    void fork(cudaStream_t main, F body) {
        check(cudaEventRecord(begun_, main));
        check(cudaStreamWaitEvent(stream_, begun_));
        busy_ = true;
        body(stream_.get());
    }

    /// Work that the main stream is sent from now on waits for the forked work.
    void join(cudaStream_t main) {
        if (!busy_) return;
        check(cudaEventRecord(done_, stream_));
        check(cudaStreamWaitEvent(main, done_));
        busy_ = false;
    }

    /// Whether work was forked that nothing has waited for.
    bool is_busy() const { return busy_; }

    operator cudaStream_t() const { return stream_; }

private:
    Stream stream_ = make_stream();
    Event begun_ = make_event(), done_ = make_event();
    bool busy_ = false;
};

}  // namespace ae
