// OpenBLAS, loaded when the first product needs it: a program that does without it starts sooner, and what OpenBLAS
// reads from the environment while it is loaded can be set before.
#pragma once
#include <cblas.h>

#include "base/shared_library.h"

namespace ae {

/// LAPACK's symmetric eigensolver, which OpenBLAS contains but does not declare.
using Dsyevr = void(const char* job, const char* range, const char* triangle, const int* n, double* a, const int* lda,
                    const double* low, const double* high, const int* first, const int* last, const double* tolerance,
                    int* found, double* values, double* vectors, const int* ldz, int* support, double* work,
                    const int* work_size, int* integers, const int* integer_count, int* info);

/// Its functions, by pointers that have the types of its own declarations.
struct OpenBlas {
    /// Throws MemoryError if there is no room for it, GpuError if it cannot be loaded for another reason.
    OpenBlas();

    SharedLibrary library;
    decltype(&cblas_sgemm) sgemm = library.function("cblas_sgemm");
    decltype(&cblas_dgemm) dgemm = library.function("cblas_dgemm");
    Dsyevr* dsyevr = library.function("dsyevr_");
    decltype(&openblas_set_num_threads) set_num_threads = library.function("openblas_set_num_threads");
    decltype(&openblas_get_config) config = library.function("openblas_get_config");
    decltype(&openblas_get_corename) core_name = library.function("openblas_get_corename");
};

/// Loads it at the first call.
const OpenBlas& openblas();

}  // namespace ae
