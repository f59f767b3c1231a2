// A stream beside the main one, for products that nobody waits for until the end of a step.
#pragma once
#include "cublas.h"
#include "cuda.h"

namespace ae {

/// Work sent here begins after all that the main stream was sent before it, and runs beside what the main stream is
/// sent next, until join(). Recorded into a graph these are edges, and cost nothing. It has a cuBLAS of its own: a
/// workspace that two streams share would be a race.
class SideStream {
public:
    explicit SideStream(Math math) : cublas_(stream_, math) {}

    /// Calls body(stream, cublas), whose work follows the main stream's.
    template <typename F>
    void fork(cudaStream_t main, F body) {
        check(cudaEventRecord(begun_, main));
        check(cudaStreamWaitEvent(stream_, begun_));
        busy_ = true;
        body(stream_.get(), cublas_);
    }

    /// What the main stream is sent from now on waits for what was forked.
    void join(cudaStream_t main) {
        if (!busy_) return;
        check(cudaEventRecord(done_, stream_));
        check(cudaStreamWaitEvent(main, done_));
        busy_ = false;
    }

private:
    Stream stream_ = make_stream();
    Cublas cublas_;
    Event begun_ = make_event(), done_ = make_event();
    bool busy_ = false;
};

}  // namespace ae
