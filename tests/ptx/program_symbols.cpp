#include "program_symbols.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <unordered_map>
#include <vector>

#include "error.h"

namespace ptx {

namespace {

std::vector<char> own_file() {
    std::ifstream in("/proc/self/exe", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// What the loader added to the addresses in the file.
std::uintptr_t load_address() {
    std::uintptr_t address = 0;
    const auto first = [](dl_phdr_info* info, std::size_t, void* to) {
        *static_cast<std::uintptr_t*>(to) = info->dlpi_addr;
        return 1;  // the program itself comes first
    };
    dl_iterate_phdr(first, &address);
    return address;
}

template <typename T>
std::vector<T> entries(const std::vector<char>& file, std::size_t offset, std::size_t count) {
    std::vector<T> all(count);
    std::memcpy(all.data(), file.data() + offset, count * sizeof(T));
    return all;
}

std::unordered_map<std::uintptr_t, std::string> read_functions() {
    const std::vector<char> file = own_file();
    const auto header = entries<ElfW(Ehdr)>(file, 0, 1).front();
    const auto sections = entries<ElfW(Shdr)>(file, header.e_shoff, header.e_shnum);
    std::unordered_map<std::uintptr_t, std::string> names;
    for (const auto& section : sections) {
        if (section.sh_type != SHT_SYMTAB) continue;
        const char* text = file.data() + sections[section.sh_link].sh_offset;
        for (const auto& symbol : entries<ElfW(Sym)>(file, section.sh_offset, section.sh_size / sizeof(ElfW(Sym))))
            if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_value != 0)
                names[load_address() + symbol.st_value] = text + symbol.st_name;
    }
    return names;
}

}  // namespace

std::string function_name(const void* function) {
    static const auto names = read_functions();
    const auto found = names.find(reinterpret_cast<std::uintptr_t>(function));
    if (found == names.end()) throw Error("the program has no name for the kernel that it launches; was it stripped?");
    return found->second;
}

}  // namespace ptx
