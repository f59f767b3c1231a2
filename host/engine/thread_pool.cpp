#include "engine/thread_pool.h"

#include <utility>

#include "engine/cpu_info.h"

namespace ae {

namespace {

constexpr std::uint64_t kTaken = 1, kJob = std::uint64_t(1) << 32, kTasksLeft = kJob - 1;

// The loops of a training step follow one another within microseconds; a thread that slept would wake too late for
// each. About 20 µs of looking, then sleep: a longer wait means that there is nothing to do.
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

ThreadPool::ThreadPool(int threads) {
    const int workers = (threads > 0 ? threads : usable_processors()) - 1;
    for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
    closing_.store(true);
    tickets_.fetch_add(kJob);
    tickets_.notify_all();
    for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(int count, Call call, void* task) {
    if (count <= 0) return;
    call_ = call, task_ = task;
    unfinished_.store(count, std::memory_order_relaxed);
    const std::uint64_t last = tickets_.load(std::memory_order_relaxed);
    const std::uint64_t job = (last & ~kTasksLeft) + kJob;
    // Sequentially consistent: libstdc++ looks for sleepers right after it, and must not look before.
    tickets_.store(job | static_cast<std::uint64_t>(count));
    if (count > 1) tickets_.notify_all();
    while (take_one(job)) {
    }
    for (int left; (left = unfinished_.load(std::memory_order_acquire)) != 0;) wait_for_change(unfinished_, left);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadPool::work() {
    std::uint64_t seen = 0;
    for (;;) {
        seen = wait_for_change(tickets_, seen);
        if (closing_.load()) return;
        seen &= ~kTasksLeft;  // as the job looks once all of it is taken
        while (take_one(seen)) {
        }
    }
}

bool ThreadPool::take_one(std::uint64_t job) {
    std::uint64_t now = tickets_.load(std::memory_order_acquire);
    do {
        if ((now & ~kTasksLeft) != job || (now & kTasksLeft) == 0) return false;
    } while (!tickets_.compare_exchange_weak(now, now - kTaken, std::memory_order_acq_rel));
    call_one(static_cast<int>(now & kTasksLeft) - 1);
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
