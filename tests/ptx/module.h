// A file of PTX, read: its kernels, its constants, the sources that its lines came from.
#pragma once
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "instruction.h"

namespace ptx {

/// Memory with a name and contents that the file gives, as tables of coefficients.
struct GlobalVariable {
    std::string name;
    std::vector<std::uint8_t> bytes;
};

struct Module {
    std::string name;  ///< of the file, for messages
    int target = 0;    ///< 80 of "sm_80"
    std::map<std::string, Kernel> kernels;
    std::map<int, std::string> sources;
    std::deque<GlobalVariable> globals;  ///< kernels know their addresses: they stay where they are
    int shared_bytes = 0;                ///< of all static arrays, which every kernel of the file is given
};

/// Throws Error, which names the line, for what the interpreter does not know.
Module read_module(std::string_view text, const std::string& name);
Module load_module(const std::filesystem::path& file);

}  // namespace ptx
