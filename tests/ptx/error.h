// The errors of the interpreter: PTX that it cannot read or does not know, or a kernel that did what no GPU forgives.
#pragma once
#include <stdexcept>

namespace ptx {

struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace ptx
