// cuBLAS, loaded when the first handle is made: loading it takes longer than the whole start of a program that does
// without. Its functions are called through tables of pointers, which have the types of cuBLAS's own declarations.
#pragma once
#include <cublas_v2.h>

#include "base/shared_library.h"
#include "engine/cublas_files.h"

#if !defined(AE_CUBLAS_FUNCTION)  // tests/emulator/, whose cuBLAS is linked in, has its own

namespace ae {

/// cublasLt is loaded with it, since cuBLAS needs it: its functions are found here too.
inline const SharedLibrary& cublas_library() {
    static const SharedLibrary library("cuBLAS", cublas_files(CUBLAS_VER_MAJOR, AE_CUBLAS_FOLDER),
                                       cublas_advice(CUBLAS_VER_MAJOR));
    return library;
}

inline std::string cublas_file_to_load() {
    return first_that_exists(cublas_files(CUBLAS_VER_MAJOR, AE_CUBLAS_FOLDER));
}

}  // namespace ae

#define AE_NAME_OF(name) #name
/// A function by its name, which with cuBLAS may be a macro for another: so this is one, too.
#define AE_CUBLAS_FUNCTION(name) ::ae::cublas_library().function(AE_NAME_OF(name))

#else

namespace ae {
inline std::string cublas_file_to_load() {
    return "";
}
}  // namespace ae

#endif

namespace ae {

/// These two are overloaded for backward compatibility, so that their types must be given.
using GemmEx = cublasStatus_t(cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int, const void*,
                              const void*, cudaDataType_t, int, const void*, cudaDataType_t, int, const void*, void*,
                              cudaDataType_t, int, cublasComputeType_t, cublasGemmAlgo_t);
using GemmStridedBatchedEx = cublasStatus_t(cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int,
                                            const void*, const void*, cudaDataType_t, int, long long, const void*,
                                            cudaDataType_t, int, long long, const void*, void*, cudaDataType_t, int,
                                            long long, int, cublasComputeType_t, cublasGemmAlgo_t);

struct CublasApi {
    decltype(&cublasCreate) create = AE_CUBLAS_FUNCTION(cublasCreate);
    decltype(&cublasDestroy) destroy = AE_CUBLAS_FUNCTION(cublasDestroy);
    decltype(&cublasSetStream) set_stream = AE_CUBLAS_FUNCTION(cublasSetStream);
    decltype(&cublasSetWorkspace) set_workspace = AE_CUBLAS_FUNCTION(cublasSetWorkspace);
    decltype(&cublasGetProperty) get_property = AE_CUBLAS_FUNCTION(cublasGetProperty);
    decltype(&cublasGetStatusName) status_name = AE_CUBLAS_FUNCTION(cublasGetStatusName);
    decltype(&cublasGetStatusString) status_text = AE_CUBLAS_FUNCTION(cublasGetStatusString);
    decltype(static_cast<GemmEx*>(&cublasGemmEx)) gemm_ex = AE_CUBLAS_FUNCTION(cublasGemmEx);
    decltype(static_cast<GemmStridedBatchedEx*>(&cublasGemmStridedBatchedEx)) gemm_strided_batched_ex =
        AE_CUBLAS_FUNCTION(cublasGemmStridedBatchedEx);
};

/// Throws GpuError if cuBLAS cannot be loaded.
inline const CublasApi& cublas_api() {
    static const CublasApi api;
    return api;
}

}  // namespace ae
