// Who adds together.
#pragma once
#include "nccl.h"

namespace emulator {

/// The clique that ranks with this id join; null where they cannot.
std::shared_ptr<NcclClique> clique_of(int id, int ranks);

}  // namespace emulator
