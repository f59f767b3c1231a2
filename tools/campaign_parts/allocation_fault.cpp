// A library to be loaded before a program (LD_PRELOAD): its n-th allocation finds no memory.
//
// AE_FAIL_ALLOCATION=N lets the n-th one fail, and all after it too where AE_FAIL_ALLOCATION_MODE=always. Allocations
// are counted from the beginning of main(), and not while a library is loaded: what ends a process in a library's own
// constructors is as little the program's as what ends it before main(). AE_COUNT_ALLOCATIONS=FILE writes their number
// there when main() ends.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> seen{0};
std::atomic<bool> counts{false};
long first_to_fail = 0;
bool all_after = false;

thread_local bool is_loading = false;

bool must_fail() {
    if (is_loading || !counts.load(std::memory_order_relaxed)) return false;
    const long n = ++seen;
    const bool fails = n == first_to_fail || (all_after && first_to_fail > 0 && n > first_to_fail);
    if (fails) errno = ENOMEM;
    return fails;
}

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

using Main = int (*)(int, char**, char**);
Main program_main = nullptr;

void write_count(const char* file) {
    const int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    char text[32];
    const int length = std::snprintf(text, sizeof text, "%ld\n", seen.load());
    if (fd >= 0) (void)!write(fd, text, static_cast<std::size_t>(length));
    close(fd);
}

int counted_main(int argc, char** argv, char** environment) {
    if (const char* n = std::getenv("AE_FAIL_ALLOCATION")) first_to_fail = std::atol(n);
    if (const char* mode = std::getenv("AE_FAIL_ALLOCATION_MODE")) all_after = std::strcmp(mode, "always") == 0;
    counts = true;
    const int code = program_main(argc, argv, environment);
    counts = false;
    if (const char* file = std::getenv("AE_COUNT_ALLOCATIONS")) write_count(file);
    return code;
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
    return must_fail() ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t n, std::size_t size) {
    return must_fail() ? nullptr : __libc_calloc(n, size);
}

void* realloc(void* old, std::size_t size) {
    return must_fail() ? nullptr : __libc_realloc(old, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return must_fail() ? nullptr : __libc_memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
    if (must_fail()) return ENOMEM;
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : ENOMEM;
}

void* dlopen(const char* file, int mode) {
    is_loading = true;
    void* const library = next<void* (*)(const char*, int)>("dlopen")(file, mode);
    is_loading = false;
    return library;
}

int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(), void (*rtld_fini)(),
                      void* stack_end) {
    program_main = main;
    using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
    return next<Start>("__libc_start_main")(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

}  // extern "C"
