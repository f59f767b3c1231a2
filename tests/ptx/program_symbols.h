// Names of functions in the program that runs, by their addresses: of those too that no linker would export, as kernels
// with arguments of an anonymous namespace are.
#pragma once
#include <string>

namespace ptx {

/// The mangled name of a function. Throws Error where the program has none at that address.
std::string function_name(const void* function);

}  // namespace ptx
