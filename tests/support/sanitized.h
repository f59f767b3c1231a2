// Whether AddressSanitizer watches, which needs more memory and another address space than a test may leave.
#pragma once

namespace ae::test {

#if defined(__SANITIZE_ADDRESS__)  // g++
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)  // clang++
#if __has_feature(address_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace ae::test
