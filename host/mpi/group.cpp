// MPI's part of ae_cuda, a library of its own: it is loaded where a launcher has started several processes, so that all
// others neither wait for MPI nor need it. MPI moves bytes here and adds nothing, since the order in which a library
// adds, and with it the last digits of a sum, depends on the number of ranks.
#include "ae/group.h"

#include <mpi.h>

#include <cstdlib>

#include "ae/version.h"
#include "mpi/exchange.h"

namespace ae {

namespace {

/// "Open MPI 4.1.4" of "Open MPI v4.1.4, package: …".
std::string library_name() {
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(text, &length);
    std::string name(text, static_cast<std::size_t>(length));
    name = name.substr(0, name.find_first_of(",\n"));
    if (const std::size_t v = name.find(" v"); v != std::string::npos) name.erase(v + 1, 1);
    return name;
}

class MpiGroup final : public Group {
public:
    MpiGroup() {
        int threads = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &threads);
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
        MPI_Comm_size(MPI_COMM_WORLD, &size_);
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine_);
        MPI_Comm_rank(machine_, &local_rank_);
        const int is_first = local_rank_ == 0;
        MPI_Allreduce(&is_first, &machines_, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    }
    ~MpiGroup() override {
        exchanges_.clear();
        MPI_Comm_free(&machine_);
        MPI_Finalize();
    }
    MpiGroup(const MpiGroup&) = delete;
    MpiGroup& operator=(const MpiGroup&) = delete;

    int rank() const override { return rank_; }
    int size() const override { return size_; }
    int local_rank() const override { return local_rank_; }
    int machines() const override { return machines_; }
    std::string name() const override { return library_name(); }

    void broadcast(std::span<std::byte> bytes) override {
        MPI_Bcast(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, 0, MPI_COMM_WORLD);
    }
    void all_gather(std::span<std::byte> bytes, std::span<const std::size_t> begins) override {
        std::vector<int> counts, places;
        for (int r = 0; r < size_; ++r) {
            const auto at = static_cast<std::size_t>(r);
            places.push_back(static_cast<int>(begins[at]));
            counts.push_back(static_cast<int>(begins[at + 1] - begins[at]));
        }
        MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, bytes.data(), counts.data(), places.data(), MPI_BYTE,
                       MPI_COMM_WORLD);
    }
    void max(std::span<double> values) override {
        MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_DOUBLE, MPI_MAX,
                      MPI_COMM_WORLD);
    }
    Exchange& exchange(std::size_t bytes, const std::vector<int>& owners) override {
        std::unique_ptr<Exchange> made;
        if (machines_ == 1) made = make_window_exchange(machine_, bytes, owners);
        if (!made) made = make_message_exchange(MPI_COMM_WORLD, bytes, owners);
        return *exchanges_.emplace_back(std::move(made));
    }
    [[noreturn]] void abort(int code) override {
        MPI_Abort(MPI_COMM_WORLD, code);
        std::_Exit(code);
    }

private:
    int rank_ = 0, size_ = 1, local_rank_ = 0, machines_ = 1;
    MPI_Comm machine_ = MPI_COMM_NULL;
    std::vector<std::unique_ptr<Exchange>> exchanges_;
};

}  // namespace

}  // namespace ae

extern "C" {

/// Which ae_cuda this was compiled with: the two share classes.
const char* ae_mpi_version() {
    static const std::string version = std::string(ae::kVersion) + " " + ae::kCommit;
    return version.c_str();
}

/// The group of all processes; the caller owns it.
ae::Group* ae_mpi_join() {
    return new ae::MpiGroup();
}
}
