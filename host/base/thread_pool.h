// Threads that wait for the loops of the CPU engine and share them out.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace ae {

/// A fixed set of threads, the caller's among them. Work comes as numbered tasks. Each thread takes those of its own
/// share first, the same numbers in every job of the same size, so that the next job finds in
/// its processor's caches what the last one left there; then those that others have not begun. Any thread may therefore
/// run any task, and results must not depend on it.
class ThreadPool {
public:
    /// 0 means a thread for each processor that this process may use. Fewer if the system refuses more.
    explicit ThreadPool(int threads = 0);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const { return static_cast<int>(workers_.size()) + 1; }

    /// Calls task(0) … task(count−1), each once, and returns when all have ended. Throws the first exception that one
    /// of them threw, after the others have ended. Not to be called from inside a task.
    template <typename Task>
    void run(int count, Task&& task) {
        using T = std::remove_reference_t<Task>;
        run(
            count, [](void* t, int i) { (*static_cast<T*>(t))(i); }, const_cast<std::remove_const_t<T>*>(&task));
    }

    /// Calls body(first, count) for blocks of `size` of the numbers 0 … n−1, as run() does.
    template <typename Body>
    void for_range(int n, int size, Body&& body) {
        run((n + size - 1) / size, [&](int i) { body(i * size, std::min(size, n - i * size)); });
    }

    /// One more than the last of `count` tasks that are a thread's own: shares differ by one at most.
    static int end_of_share(int count, std::size_t thread, std::size_t threads) {
        return static_cast<int>((static_cast<std::size_t>(count) * (thread + 1) + threads - 1) / threads);
    }

private:
    using Call = void (*)(void* task, int index);

    /// Tasks that one thread takes before others do: the job's number in the upper half, how many of its tasks are
    /// still to be taken in the lower. One word, so that a thread that wakes late can never take a task of a job it has
    /// not seen. A cache line of its own, since its thread alone uses it most of the time.
    struct alignas(64) Share {
        std::atomic<std::uint64_t> tickets{0};
        int end = 0;  ///< one more than its last task's number
    };

    void run(int count, Call call, void* task);
    void work(std::size_t thread);
    void take_all(std::uint64_t job, std::size_t thread);
    bool take_one(std::uint64_t job, Share& share);
    void call_one(int index) noexcept;

    std::atomic<std::uint64_t> job_{0};  // as in Share, with nothing in the lower half
    std::vector<Share> shares_;          // one a thread; the caller's is the first
    std::atomic<int> unfinished_{0};
    std::atomic<bool> closing_{false};
    Call call_ = nullptr;
    void* task_ = nullptr;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
    std::vector<std::thread> workers_;
};

}  // namespace ae
