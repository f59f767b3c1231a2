// Ranks are threads of one program. A program that is linked with this library has it loaded when the project's code
// asks for libnccl.so.2.
#include "clique.h"

namespace emulator {

std::shared_ptr<NcclClique> clique_of(int id, int ranks) {
    return nccl_threads(id, ranks);
}

}  // namespace emulator
