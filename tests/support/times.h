// The number of times that a text has a part.
#pragma once
#include <string>

namespace ae::test {

inline std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace ae::test
