#include "live_memory.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

/// Counts what malloc gave.
void* counted(void* memory) {
    if (!memory) return nullptr;
    const std::size_t live = ae::test::live_counter() += malloc_usable_size(memory);
    if (live > ae::test::peak_memory()) ae::test::peak_counter() = live;
    return memory;
}

}  // namespace

// std::stable_sort allocates with this form and gives back with delete below: replaced together or not at all.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return counted(std::malloc(bytes));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    void* memory = counted(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
    if (!memory) throw std::bad_alloc();
    return memory;
}
void* operator new(std::size_t bytes) {
    void* memory = operator new(bytes, std::nothrow);
    if (!memory) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept {
    ae::test::live_counter() -= malloc_usable_size(memory);
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    operator delete(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    operator delete(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    operator delete(memory);
}
