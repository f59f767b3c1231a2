// Names of kernels: the compiler's, and those for people.
#pragma once
#include <string>

namespace ptx {

/// "ae::sum_rows_kernel(float*, float const*, int, int)" of "_ZN2ae15sum_rows_kernelEPfPKfii"; what is no mangled name
/// stays as it is. The names that compilers give to anonymous namespaces are all "(anonymous namespace)".
std::string demangled(const std::string& name);

/// The same without parameters and namespaces of template arguments: "fused_last_kernel<MnistNet>".
std::string short_name(const std::string& name);

}  // namespace ptx
