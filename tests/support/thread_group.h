// A group whose ranks are threads of this process: what MPI does, without it.
#pragma once
#include <barrier>
#include <cstdlib>
#include <functional>
#include <list>
#include <thread>
#include <vector>

#include "ae/group.h"

namespace ae::test {

/// What the ranks of a group share.
class Ranks {
public:
    /// Calls wait(), which waits for the other ranks.
    using Waiting = std::function<void(const std::function<void()>& wait)>;

    explicit Ranks(int size, Waiting waiting = {}) : size_(size), barrier_(size), waiting_(std::move(waiting)) {}

    int size() const { return size_; }
    void wait() {
        const auto wait = [this] { barrier_.arrive_and_wait(); };
        waiting_ ? waiting_(wait) : wait();
    }

    std::vector<std::byte*> places = std::vector<std::byte*>(64);  ///< of a rank's memory, for the others
    std::vector<std::vector<std::byte>> vectors;
    std::vector<std::byte> sum;

private:
    int size_;
    std::barrier<> barrier_;
    Waiting waiting_;
};

class ThreadExchange final : public Exchange {
public:
    ThreadExchange(Ranks& ranks, int rank, std::size_t bytes, const std::vector<int>& owners)
        : ranks_(ranks), part_(portion_of(bytes, rank, ranks.size(), kUnit)) {
        ranks_.wait();
        if (rank == 0) ranks_.vectors.assign(owners.size(), std::vector<std::byte>(bytes)), ranks_.sum.resize(bytes);
        ranks_.wait();
    }
    void* vector(int slot) override { return ranks_.vectors[static_cast<std::size_t>(slot)].data(); }
    void deal() override { ranks_.wait(); }
    const void* part(int slot) const override {
        return ranks_.vectors[static_cast<std::size_t>(slot)].data() + part_.begin;
    }
    void* sum_part() override { return ranks_.sum.data() + part_.begin; }
    void* share() override {
        ranks_.wait();
        return ranks_.sum.data();
    }

private:
    Ranks& ranks_;
    Portion part_;
};

class ThreadGroup final : public Group {
public:
    ThreadGroup(Ranks& ranks, int rank) : ranks_(ranks), rank_(rank) {}

    int rank() const override { return rank_; }
    int size() const override { return ranks_.size(); }
    int local_rank() const override { return rank_; }
    int machines() const override { return 1; }
    std::string name() const override { return "threads"; }
    void broadcast(std::span<std::byte> bytes) override {
        show(bytes.data());
        if (rank_ != 0) std::copy_n(ranks_.places[0], bytes.size(), bytes.data());
        ranks_.wait();
    }
    void all_gather(std::span<std::byte> bytes, std::span<const std::size_t> begins) override {
        show(bytes.data());
        for (std::size_t r = 0; r + 1 < begins.size(); ++r)
            if (r != static_cast<std::size_t>(rank_))
                std::copy(ranks_.places[r] + begins[r], ranks_.places[r] + begins[r + 1], bytes.data() + begins[r]);
        ranks_.wait();
    }
    void max(std::span<double> values) override {
        const std::vector<double> own(values.begin(), values.end());
        show(reinterpret_cast<std::byte*>(const_cast<double*>(own.data())));
        for (int r = 0; r < size(); ++r)
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] =
                    std::max(values[i], reinterpret_cast<const double*>(ranks_.places[static_cast<std::size_t>(r)])[i]);
        ranks_.wait();
    }
    Exchange& exchange(std::size_t bytes, const std::vector<int>& owners) override {
        return exchanges_.emplace_back(ranks_, rank_, bytes, owners);
    }
    [[noreturn]] void abort(int code) override { std::_Exit(code); }

private:
    void show(std::byte* place) {
        ranks_.places[static_cast<std::size_t>(rank_)] = place;
        ranks_.wait();
    }

    Ranks& ranks_;
    int rank_;
    std::list<ThreadExchange> exchanges_;
};

/// Calls body(group) once a rank, side by side.
inline void run_ranks(int size, const std::function<void(Group&)>& body, Ranks::Waiting waiting = {}) {
    Ranks ranks(size, std::move(waiting));
    std::vector<std::jthread> threads;
    for (int r = 0; r < size; ++r)
        threads.emplace_back([&, r] {
            ThreadGroup group(ranks, r);
            body(group);
        });
}

}  // namespace ae::test
