#include "blas.h"

#include <cblas.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "ae/error.h"

namespace ae {

namespace {

/// OpenBLAS, loaded at run time because it chooses its kernels while it is being loaded, and chooses badly on
/// processors younger than itself: 0.3.21 knows nothing after Zen 3 and takes AVX2 kernels on Zen 5, at half the speed.
/// It obeys OPENBLAS_CORETYPE, if that is set before.
class OpenBlas {
public:
    static const OpenBlas& get() {
        static const OpenBlas library;
        return library;
    }

    decltype(&cblas_sgemm) sgemm;
    decltype(&cblas_dgemm) dgemm;
    decltype(&openblas_get_config) config;

private:
    OpenBlas() {
        if (has_avx512()) setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
        setenv("OPENBLAS_NUM_THREADS", "1", 1);  // keeps it from starting threads that would only wait
        void* library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr)
            throw Error(ExitCode::unexpected,
                        fmt::format("engine cpu: OpenBLAS cannot be loaded ({}); install libopenblas0", dlerror()));
        sgemm = reinterpret_cast<decltype(sgemm)>(symbol(library, "cblas_sgemm"));
        dgemm = reinterpret_cast<decltype(dgemm)>(symbol(library, "cblas_dgemm"));
        config = reinterpret_cast<decltype(config)>(symbol(library, "openblas_get_config"));
    }

    static void* symbol(void* library, const char* name) {
        if (void* found = dlsym(library, name)) return found;
        throw Error(ExitCode::unexpected, fmt::format("engine cpu: libopenblas.so.0 lacks {}", name));
    }

    static bool has_avx512() {
#if defined(__x86_64__)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512cd");
#else
        return false;
#endif
    }
};

template <typename T, typename Gemm>
void multiply(Gemm gemm, const Product<T>& p, const Tile& tile) {
    const int inner = p.a_transposed ? p.a.rows : p.a.cols;
    gemm(CblasRowMajor, p.a_transposed ? CblasTrans : CblasNoTrans, p.b_transposed ? CblasTrans : CblasNoTrans,
         tile.rows, tile.columns, inner, T(1), p.a_transposed ? p.a.data + tile.row : p.a.row(tile.row), p.a.cols,
         p.b_transposed ? p.b.row(tile.column) : p.b.data + tile.column, p.b.cols, T(0),
         p.c.row(tile.row) + tile.column, p.c.cols);
}

}  // namespace

void multiply(const Product<float>& product, const Tile& tile) {
    multiply(OpenBlas::get().sgemm, product, tile);
}
void multiply(const Product<double>& product, const Tile& tile) {
    multiply(OpenBlas::get().dgemm, product, tile);
}

std::string blas_description() {
    return OpenBlas::get().config();
}

}  // namespace ae
