// NCCL as it is installed, as far as it goes without a GPU: every function that is called is there, and declared here
// as in its header.
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "ae/error.h"
#include "ranks/nccl_api.h"

#if __has_include(<nccl.h>)
#include <nccl.h>
#endif

namespace ae::test {
namespace nccl_test {
namespace {

#if defined(NCCL_VERSION_CODE)
/// Whether a call by one type passes what the other takes: arguments of the same sizes, pointers for pointers. Types of
/// NCCL's own, and what it means by const, differ.
template <typename R, typename... A, typename S, typename... B>
constexpr bool are_called_alike(R (*)(A...), S (*)(B...)) {
    if constexpr (sizeof...(A) == sizeof...(B))
        return sizeof(R) == sizeof(S) &&
               ((sizeof(A) == sizeof(B) && std::is_pointer_v<A> == std::is_pointer_v<B>)&&...);
    return false;
}

TEST(Nccl, IsDeclaredAsInItsHeader) {
    constexpr NcclApi* api = nullptr;
    static_assert(are_called_alike(decltype(api->get_version)(), &ncclGetVersion));
    static_assert(are_called_alike(decltype(api->error_text)(), &ncclGetErrorString));
    static_assert(are_called_alike(decltype(api->last_error)(), &ncclGetLastError));
    static_assert(are_called_alike(decltype(api->new_id)(), &ncclGetUniqueId));
    static_assert(are_called_alike(decltype(api->join)(), &ncclCommInitRank));
    static_assert(are_called_alike(decltype(api->leave)(), &ncclCommDestroy));
    static_assert(are_called_alike(decltype(api->abort)(), &ncclCommAbort));
    static_assert(are_called_alike(decltype(api->allocate)(), &ncclMemAlloc));
    static_assert(are_called_alike(decltype(api->free)(), &ncclMemFree));
    static_assert(are_called_alike(decltype(api->all_reduce)(), &ncclAllReduce));
#if NCCL_VERSION_CODE >= 22700
    static_assert(are_called_alike(decltype(api->register_window)(), &ncclCommWindowRegister));
    static_assert(are_called_alike(decltype(api->deregister_window)(), &ncclCommWindowDeregister));
    static_assert(kNcclSymmetric == NCCL_WIN_COLL_SYMMETRIC);
#endif
    static_assert(sizeof(NcclId) == sizeof(ncclUniqueId));
    static_assert(kNcclSuccess == ncclSuccess && kNcclFloat == ncclFloat32 && kNcclSum == ncclSum);
    static_assert(!are_called_alike(decltype(api->free)(), &ncclAllReduce));
}
#endif

/// The library where the program looks for it, or in the toolkit.
std::optional<SharedLibrary> installed_nccl() {
    std::vector<std::string> files = nccl_files();
    for (const char* folder : {"lib64", "lib"})
        files.push_back(std::string("/usr/local/cuda/") + folder + "/libnccl.so.2");
    try {
        return SharedLibrary("NCCL", files, "");
    } catch (const GpuError&) {
        return std::nullopt;
    }
}

TEST(Nccl, HasEveryFunctionThatIsCalled) {
    const std::optional<SharedLibrary> library = installed_nccl();
    if (!library) GTEST_SKIP() << "NCCL is not installed; it was looked for by the name libnccl.so.2";
    const NcclApi api(*library);
    int version = 0;
    ASSERT_EQ(api.get_version(&version), kNcclSuccess);
    EXPECT_GE(version, 21900) << "ncclMemAlloc came with it";
    if (version >= 22700) {
        EXPECT_NE(api.register_window, nullptr);
        EXPECT_NE(api.deregister_window, nullptr);
    }
    EXPECT_STREQ(api.error_text(kNcclSuccess), "no error");
}

TEST(Nccl, MayLackFunctionsThatNotEveryVersionHas) {
    const SharedLibrary library("libm", {"libm.so.6"}, "");
    void (*const missing)() = library.find("ncclCommWindowRegister");
    EXPECT_EQ(missing, nullptr);
    EXPECT_THROW(NcclApi{library}, GpuError);
}

}  // namespace
}  // namespace nccl_test
}  // namespace ae::test
