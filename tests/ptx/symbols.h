// Names while a file of PTX is read: registers in their scopes, addresses, labels.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "instruction.h"

namespace ptx {

using Addresses = std::unordered_map<std::string, std::uint64_t>;

/// The registers of a kernel: each name that is declared, and each special register; and its constants.
class Registers {
public:
    void open_scope() { scopes_.emplace_back(); }
    void close_scope() { scopes_.pop_back(); }
    /// "%r<20>" declares %r0 … %r19, "%p" itself.
    void declare(std::string_view name);
    /// Throws Error for what is not declared.
    int named(std::string_view name);
    int constant(std::uint64_t value);
    /// What is declared, moved into the kernel.
    void finish(Kernel& kernel);

private:
    std::vector<std::unordered_map<std::string, int>> scopes_{1};
    std::unordered_map<std::uint64_t, int> numbers_;  ///< of constants
    std::vector<std::uint64_t> constants_;
    std::unordered_map<int, int> specials_;
    int count_ = 0;
};

/// A place for an array: ".shared .align 16 .b8 name[64]", ".param .u64 name".
struct Declaration {
    std::string name;
    int align = 1, bytes = 0;
};
Declaration read_declaration(std::string_view text);

/// The next multiple of `align`.
constexpr int aligned(int offset, int align) {
    return (offset + align - 1) / align * align;
}

}  // namespace ptx
