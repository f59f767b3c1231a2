#include "base/thread_pool.h"

#include <system_error>
#include <utility>

#include "base/cpu_info.h"

namespace ae {

namespace {

constexpr std::uint64_t kTaken = 1, kJob = std::uint64_t(1) << 32, kTasksLeft = kJob - 1;

// The loops of a training step follow one another within microseconds; a thread that slept would wake too late for
// each. It spins for about 20 µs, then sleeps: a longer wait means that there is nothing to do.
constexpr int kLooks = 1000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

/// Returns a value of `word` other than `old`.
template <typename T>
T wait_for_change(const std::atomic<T>& word, T old) {
    for (int look = 0; look < kLooks; ++look, pause())
        if (const T now = word.load(std::memory_order_acquire); now != old) return now;
    word.wait(old, std::memory_order_acquire);
    return word.load(std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) : shares_(static_cast<std::size_t>(threads > 0 ? threads : usable_processors())) {
    workers_.reserve(shares_.size());
    try {
        for (std::size_t i = 1; i < shares_.size(); ++i) workers_.emplace_back([this, i] { work(i); });
    } catch (const std::system_error&) {  // no more threads to be had: those that run take all shares
    }
}

ThreadPool::~ThreadPool() {
    closing_.store(true);
    job_.fetch_add(kJob);
    job_.notify_all();
    for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(int count, Call call, void* task) {
    if (count <= 0) return;
    call_ = call, task_ = task;
    unfinished_.store(count, std::memory_order_relaxed);
    const std::uint64_t job = job_.load(std::memory_order_relaxed) + kJob;
    int begin = 0;
    for (std::size_t i = 0; i < shares_.size(); ++i) {
        const int end = end_of_share(count, i, shares_.size());
        shares_[i].end = end;
        shares_[i].tickets.store(job | static_cast<std::uint64_t>(end - begin), std::memory_order_release);
        begin = end;
    }
    // Sequentially consistent: libstdc++ looks for sleepers right after it, and must not look before.
    job_.store(job);
    if (count > 1) job_.notify_all();
    take_all(job, 0);
    for (int left; (left = unfinished_.load(std::memory_order_acquire)) != 0;) wait_for_change(unfinished_, left);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadPool::work(std::size_t thread) {
    std::uint64_t seen = 0;
    for (;;) {
        seen = wait_for_change(job_, seen);
        if (closing_.load()) return;
        take_all(seen, thread);
    }
}

void ThreadPool::take_all(std::uint64_t job, std::size_t thread) {
    for (std::size_t i = 0; i < shares_.size(); ++i)
        while (take_one(job, shares_[(thread + i) % shares_.size()])) {
        }
}

bool ThreadPool::take_one(std::uint64_t job, Share& share) {
    std::uint64_t now = share.tickets.load(std::memory_order_acquire);
    do {
        if ((now & ~kTasksLeft) != job || (now & kTasksLeft) == 0) return false;
    } while (!share.tickets.compare_exchange_weak(now, now - kTaken, std::memory_order_acq_rel));
    call_one(share.end - static_cast<int>(now & kTasksLeft));
    return true;
}

void ThreadPool::call_one(int index) noexcept {
    try {
        call_(task_, index);
    } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
    }
    if (unfinished_.fetch_sub(1) == 1) unfinished_.notify_all();
}

}  // namespace ae
