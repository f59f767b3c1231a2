#include "names.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace ptx {

namespace {

void erase_all(std::string& text, std::string_view what) {
    for (std::size_t at; (at = text.find(what)) != text.npos;) text.erase(at, what.size());
}

}  // namespace

std::string demangled(const std::string& name) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                           &std::free);
    return status == 0 ? text.get() : name;
}

std::string short_name(const std::string& name) {
    std::string text = demangled(name);
    for (const char* word : {"void ", "(anonymous namespace)::", "ae::"}) erase_all(text, word);
    int depth = 0;  // of template arguments, which may contain parentheses
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '<' ? 1 : text[i] == '>' ? -1 : 0;
        if (text[i] == '(' && depth == 0) return text.substr(0, i);
    }
    return text;
}

}  // namespace ptx
