// The two ways in which MPI moves vectors: memory that the ranks of a machine share, and messages.
#pragma once
#include <mpi.h>

#include <memory>
#include <vector>

#include "ae/group.h"

namespace ae {

/// In memory that all ranks of the communicator, which run on one machine, see: nothing is copied. None where the
/// system has no such memory left.
std::unique_ptr<Exchange> make_window_exchange(MPI_Comm machine, std::size_t bytes, const std::vector<int>& owners);

/// By MPI's collectives.
std::unique_ptr<Exchange> make_message_exchange(MPI_Comm ranks, std::size_t bytes, const std::vector<int>& owners);

}  // namespace ae
