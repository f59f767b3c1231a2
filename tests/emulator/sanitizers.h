// Calls that tell the sanitizers about fibers. EMULATOR_ASAN and EMULATOR_TSAN are defined for all files of a build,
// also for those of the scheduler, which are not instrumented themselves.
#pragma once
#include <cstddef>

#if defined(EMULATOR_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(EMULATOR_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace simt::sanitizer {

#if defined(EMULATOR_TSAN)
constexpr bool kFindsRaces = true;
/// What happened before release(p) happens before what follows acquire(p).
inline void release(void* p) {
    __tsan_release(p);
}
inline void acquire(void* p) {
    __tsan_acquire(p);
}
inline void* current_context() {
    return __tsan_get_current_fiber();
}
inline void* new_context() {
    return __tsan_create_fiber(0);
}
inline void destroy_context(void* context) {
    __tsan_destroy_fiber(context);
}
/// From here on TSan takes what runs for the work of another thread. The switch itself orders nothing.
inline __attribute__((always_inline)) void switch_context(void* context) {
    __tsan_switch_to_fiber(context, __tsan_switch_to_fiber_no_sync);
}
#else
constexpr bool kFindsRaces = false;
inline void release(void*) {}
inline void acquire(void*) {}
inline void* current_context() {
    return nullptr;
}
inline void* new_context() {
    return nullptr;
}
inline void destroy_context(void*) {}
inline void switch_context(void*) {}
#endif

#if defined(EMULATOR_ASAN)
inline void poison(void* p, std::size_t n) {
    __asan_poison_memory_region(p, n);
}
inline void unpoison(void* p, std::size_t n) {
    __asan_unpoison_memory_region(p, n);
}
inline void begin_switch(void** save, const void* stack, std::size_t size) {
    __sanitizer_start_switch_fiber(save, stack, size);
}
inline void end_switch(void* saved, const void** from_stack, std::size_t* from_size) {
    __sanitizer_finish_switch_fiber(saved, from_stack, from_size);
}
#else
inline void poison(void*, std::size_t) {}
inline void unpoison(void*, std::size_t) {}
inline void begin_switch(void**, const void*, std::size_t) {}
inline void end_switch(void*, const void**, std::size_t*) {}
#endif

}  // namespace simt::sanitizer
