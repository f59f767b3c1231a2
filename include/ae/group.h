// The processes that train together. Each is a rank; a launcher such as mpirun starts them, and one alone needs no MPI.
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace ae {

/// Elements begin … end−1 of an array that is shared out.
struct Portion {
    std::size_t begin = 0, end = 0;

    std::size_t size() const { return end - begin; }
};

/// A rank's part of n elements, in whole units but for the last one: parts differ by a unit at most.
inline Portion portion_of(std::size_t n, int rank, int ranks, std::size_t unit = 1) {
    const std::size_t units = (n + unit - 1) / unit;
    const auto before = [&](int r) {
        return std::min(n, units * static_cast<std::size_t>(r) / static_cast<std::size_t>(ranks) * unit);
    };
    return {before(rank), before(rank + 1)};
}

/// Moves vectors among ranks so that they can add them up, each a part: first every rank gets its part of all vectors,
/// then all get the parts of the sum. It adds nothing itself: the order of additions is the program's.
class Exchange {
public:
    static constexpr std::size_t kUnit = 64;  ///< bytes; parts are portion_of(bytes, rank, size, kUnit)

    virtual ~Exchange() = default;

    /// Vector `slot`, which the rank that it belongs to writes.
    virtual void* vector(int slot) = 0;
    /// Returns once all ranks have written their vectors.
    virtual void deal() = 0;
    /// This rank's part of a vector, of any rank, after deal().
    virtual const void* part(int slot) const = 0;
    /// This rank's part of the sum, to be written after deal().
    virtual void* sum_part() = 0;
    /// The whole sum, once all ranks have written their parts. It stays until the next deal().
    virtual void* share() = 0;
};

/// Every rank calls the functions of its group in the same order. A rank that fails calls abort(): one that merely
/// ended would leave the others waiting for ever.
class Group {
public:
    virtual ~Group() = default;

    virtual int rank() const = 0;          ///< 0 … size()−1
    virtual int size() const = 0;          ///< at least 1
    virtual int local_rank() const = 0;    ///< among those of the same machine
    virtual int machines() const = 0;      ///< that the ranks run on
    virtual std::string name() const = 0;  ///< of the library between them: "Open MPI 4.1.4"

    /// `bytes` ← those of rank 0.
    virtual void broadcast(std::span<std::byte> bytes) = 0;
    /// Every rank has written bytes begins[rank] … begins[rank + 1]−1; all get the others.
    virtual void all_gather(std::span<std::byte> bytes, std::span<const std::size_t> begins) = 0;
    /// Each value ← the largest of any rank.
    virtual void max(std::span<double> values) = 0;
    /// For vectors of `bytes` bytes, vector k that of rank owners[k]. It lives as long as the group.
    virtual Exchange& exchange(std::size_t bytes, const std::vector<int>& owners) = 0;
    /// Ends all ranks, with this exit code.
    [[noreturn]] virtual void abort(int code) = 0;
};

/// The largest of any rank's values.
inline double max_of(Group& group, double value) {
    group.max({&value, 1});
    return value;
}

/// Every rank's value, in the order of the ranks. Every rank calls it.
template <typename T>
std::vector<T> values_of_all(Group& group, const T& own) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<T> all(static_cast<std::size_t>(group.size()));
    all[static_cast<std::size_t>(group.rank())] = own;
    std::vector<std::size_t> begins;
    for (std::size_t r = 0; r <= all.size(); ++r) begins.push_back(r * sizeof(T));
    group.all_gather(std::as_writable_bytes(std::span(all)), begins);
    return all;
}

/// The group that this process was started in, or a group of one. Loads MPI only where a launcher says that there are
/// several. Throws UsageError where it cannot be loaded.
std::unique_ptr<Group> join_group();

}  // namespace ae
