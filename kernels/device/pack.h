// Neighbouring elements that a thread loads or stores with one instruction.
#pragma once
#include <cstdint>

#include "ae/arithmetic.h"

namespace ae {

template <typename T, int N>
struct alignas(sizeof(T) * N) Pack {
    T at[N];
};

template <int N, typename T>
AE_HD Pack<T, N> load(const T* from) {
    return *reinterpret_cast<const Pack<T, N>*>(from);
}

template <int N, typename T>
AE_HD void store(T* to, const Pack<T, N>& pack) {
    *reinterpret_cast<Pack<T, N>*>(to) = pack;
}

/// Whether rows of `cols` elements of these arrays are made of aligned packs of four.
template <typename... T>
bool in_fours(int cols, const T*... arrays) {
    return cols % 4 == 0 && ((reinterpret_cast<std::uintptr_t>(arrays) % alignof(Pack<T, 4>) == 0) && ...);
}

/// Threads of a block that works on one image: 784 pixels are 196 packs of four, which 7 warps take at once.
constexpr int kImageThreads = 224;

}  // namespace ae
