#pragma once
#include <stdexcept>

#include "../runtime.h"

namespace thrust {

struct system_error : std::runtime_error {
    explicit system_error(cudaError_t error) : std::runtime_error(cudaGetErrorString(error)) {}
};

}  // namespace thrust
