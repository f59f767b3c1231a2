#include "mpi/exchange.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace ae {

namespace {

int rank_in(MPI_Comm ranks) {
    int rank = 0;
    MPI_Comm_rank(ranks, &rank);
    return rank;
}

int size_of(MPI_Comm ranks) {
    int size = 1;
    MPI_Comm_size(ranks, &size);
    return size;
}

std::size_t padded(std::size_t bytes) {
    return (bytes + Exchange::kUnit - 1) / Exchange::kUnit * Exchange::kUnit;
}

/// Whether the system has this much shared memory left. It is tried here, because Open MPI 4 waits for ever where one
/// rank of a window gets none.
bool has_shared_memory(std::size_t bytes) {
    const std::string name = "/ae_cuda-" + std::to_string(::getpid());
    const int file = ::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0) return false;
    const bool has = ::posix_fallocate(file, 0, static_cast<off_t>(bytes)) == 0;
    ::close(file);
    ::shm_unlink(name.c_str());
    return has;
}

class WindowExchange final : public Exchange {
public:
    /// The vectors, then the sum, at `base` of the window, which is freed with this.
    WindowExchange(MPI_Comm machine, MPI_Win window, std::byte* base, std::size_t bytes, std::size_t vectors)
        : machine_(machine),
          window_(window),
          base_(base),
          stride_(padded(bytes)),
          sum_(vectors * stride_),
          part_(portion_of(bytes, rank_in(machine), size_of(machine), kUnit)) {
        MPI_Win_lock_all(MPI_MODE_NOCHECK, window_);
    }
    ~WindowExchange() override {
        MPI_Win_unlock_all(window_);
        MPI_Win_free(&window_);
    }
    WindowExchange(const WindowExchange&) = delete;
    WindowExchange& operator=(const WindowExchange&) = delete;

    void* vector(int slot) override { return base_ + static_cast<std::size_t>(slot) * stride_; }
    void deal() override { wait(); }
    const void* part(int slot) const override { return base_ + static_cast<std::size_t>(slot) * stride_ + part_.begin; }
    void* sum_part() override { return base_ + sum_ + part_.begin; }
    void* share() override {
        wait();
        return base_ + sum_;
    }

private:
    /// What any rank wrote before, all see after.
    void wait() {
        MPI_Win_sync(window_);
        MPI_Barrier(machine_);
        MPI_Win_sync(window_);
    }

    MPI_Comm machine_;
    MPI_Win window_;
    std::byte* base_;
    std::size_t stride_, sum_;
    Portion part_;
};

class MessageExchange final : public Exchange {
public:
    MessageExchange(MPI_Comm ranks, std::size_t bytes, std::vector<int> owners)
        : ranks_(ranks), owners_(std::move(owners)), part_(portion_of(bytes, rank_in(ranks), size_of(ranks), kUnit)) {
        for (int r = 0; r < size_of(ranks); ++r) {
            const Portion part = portion_of(bytes, r, size_of(ranks), kUnit);
            places_.push_back(static_cast<int>(part.begin));
            counts_.push_back(static_cast<int>(part.size()));
        }
        vectors_.resize(owners_.size());
        parts_.resize(owners_.size());
        for (std::size_t slot = 0; slot < owners_.size(); ++slot) {
            if (owners_[slot] == rank_in(ranks)) vectors_[slot].resize(bytes);
            parts_[slot].resize(part_.size());
        }
        sum_.resize(bytes);
    }

    void* vector(int slot) override { return vectors_[static_cast<std::size_t>(slot)].data(); }
    void deal() override {
        std::vector<MPI_Request> requests(owners_.size());
        for (std::size_t slot = 0; slot < owners_.size(); ++slot)
            MPI_Iscatterv(vectors_[slot].data(), counts_.data(), places_.data(), MPI_BYTE, parts_[slot].data(),
                          static_cast<int>(part_.size()), MPI_BYTE, owners_[slot], ranks_, &requests[slot]);
        MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
    }
    const void* part(int slot) const override { return parts_[static_cast<std::size_t>(slot)].data(); }
    void* sum_part() override { return sum_.data() + part_.begin; }
    void* share() override {
        MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, sum_.data(), counts_.data(), places_.data(), MPI_BYTE,
                       ranks_);
        return sum_.data();
    }

private:
    MPI_Comm ranks_;
    std::vector<int> owners_, places_, counts_;
    Portion part_;
    std::vector<std::vector<std::byte>> vectors_, parts_;  // a slot's; the vectors of other ranks are empty
    std::vector<std::byte> sum_;
};

}  // namespace

std::unique_ptr<Exchange> make_window_exchange(MPI_Comm machine, std::size_t bytes, const std::vector<int>& owners) {
    const std::size_t all = padded(bytes) * (owners.size() + 1);
    const bool is_first = rank_in(machine) == 0;
    int has = is_first && has_shared_memory(all) ? 1 : 0;
    MPI_Bcast(&has, 1, MPI_INT, 0, machine);
    void* base = nullptr;
    MPI_Win window = MPI_WIN_NULL;
    if (has != 0) {
        MPI_Comm_set_errhandler(machine, MPI_ERRORS_RETURN);
        has = MPI_Win_allocate_shared(static_cast<MPI_Aint>(is_first ? all : 0), 1, MPI_INFO_NULL, machine, &base,
                                      &window) == MPI_SUCCESS;
        MPI_Comm_set_errhandler(machine, MPI_ERRORS_ARE_FATAL);
        MPI_Allreduce(MPI_IN_PLACE, &has, 1, MPI_INT, MPI_MIN, machine);
    }
    if (has == 0) return nullptr;
    MPI_Aint size = 0;
    int unit = 0;
    MPI_Win_shared_query(window, 0, &size, &unit, &base);
    return std::make_unique<WindowExchange>(machine, window, static_cast<std::byte*>(base), bytes, owners.size());
}

std::unique_ptr<Exchange> make_message_exchange(MPI_Comm ranks, std::size_t bytes, const std::vector<int>& owners) {
    return std::make_unique<MessageExchange>(ranks, bytes, owners);
}

}  // namespace ae
