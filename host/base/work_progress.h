// The progress of work that takes some time.
#pragma once
#include <functional>

namespace ae {

/// Hears which part of a piece of work is done, from 0 to 1.
using Progress = std::function<void(double)>;

inline void tell(const Progress& progress, double part) {
    if (progress) progress(part);
}

}  // namespace ae
