// Compiles the file that AE_LEVEL_FILE names once for every SimdLevel, each time in a namespace of the level's name,
// where kVectorBytes is the width of its registers. Include it outside of any namespace, after all other headers.
//
// The file holds plain loops. They are compiled for a level because they are written between two pragmas, and what they
// call is not: a function of a shared header is compiled for every processor, and for a level only where it is inlined
// into a loop. So the linker, which keeps one copy of each inline function, can never keep one that some processors do
// not have. Options for a whole file of its own for each level would let it.
//
// Google Highway (1.0.3) was tried on a formula of a shared header, and g++ says "target specific option mismatch":
// what its vectors enter must be compiled once for each level too. The formulas of ae/arithmetic.h would be written
// twice, and of the plain loops g++ makes the vector code that is wanted anyway, which tests/vector_code.py checks.
#if !defined(AE_LEVEL_FILE)
#error "AE_LEVEL_FILE names no file"
#endif

namespace ae::base {
constexpr int kVectorBytes = 16;
#include AE_LEVEL_FILE
}  // namespace ae::base

#if defined(__x86_64__)

// Both levels can multiply and add with one rounding; but for dense_products.cpp no loop does, for the base level
// cannot: the whole program is compiled with -ffp-contract=off.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace ae::avx2 {
constexpr int kVectorBytes = 32;
#include AE_LEVEL_FILE
}  // namespace ae::avx2
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")
#endif
namespace ae::avx512 {
constexpr int kVectorBytes = 64;
#include AE_LEVEL_FILE
}  // namespace ae::avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
