#include "engine/openblas.h"

#include "ae/error.h"
#include "engine/blas_buffers.h"

namespace ae {

namespace {

constexpr std::size_t kLibraryBytes = std::size_t{64} << 20;  // its code is 36 MB, and it needs gfortran's library

/// Asked before, because the loader's own words for it are "failed to map segment from shared object".
SharedLibrary load() {
    if (!has_room_for(kLibraryBytes))
        throw MemoryError("out of memory: OpenBLAS, which multiplies matrices, needs 64 MiB to be loaded");
    return {"OpenBLAS", {"libopenblas.so.0", AE_OPENBLAS_FILE}, "its package in Debian is libopenblas0"};
}

}  // namespace

/// OpenBLAS's own threads are slower than one thread on matrices this small, and the callers have threads of their own.
OpenBlas::OpenBlas() : library(load()) {
    set_num_threads(1);
}

const OpenBlas& openblas() {
    static const OpenBlas loaded;
    return loaded;
}

}  // namespace ae
