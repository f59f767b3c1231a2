#include "module.h"

#include <fstream>
#include <iterator>

#include "error.h"
#include "kernel_reader.h"
#include "text.h"

namespace ptx {

namespace {

/// 80 of "sm_80" and of "sm_80a".
int capability(std::string_view target) {
    const std::string_view digits = target.substr(std::min<std::size_t>(3, target.size()));
    return static_cast<int>(number(digits.substr(0, digits.find_first_not_of("0123456789"))));
}

/// Reads the statements of a file at the level of the module, and hands the bodies of kernels on.
class ModuleReader {
public:
    ModuleReader(Module& module, std::vector<Statement> all) : module_(module), all_(std::move(all)) {}

    void read() {
        for (at_ = 0; at_ < all_.size(); ++at_) read_one(all_[at_].text);
    }

private:
    void read_one(const std::string& text) {
        if (at_ + 1 < all_.size() && all_[at_ + 1].kind == Statement::Kind::open) return read_block(text);
        const auto all = words(text);
        if (all.empty()) return;
        if (all[0] == ".target") module_.target = capability(all[1]);
        if (all[0] == ".file") module_.sources[static_cast<int>(number(all[1]))] = all[2].substr(1, all[2].size() - 2);
        if (text.find(".global ") != text.npos) read_global(text);
        if (text.find(".shared ") != text.npos) read_shared(text);
    }

    /// What has a body: kernels are read; functions, which only calls reach, and sections of names are not.
    void read_block(const std::string& header) {
        const std::size_t first = at_ + 2;
        int depth = 1;
        for (at_ = first; depth > 0; ++at_) {
            depth += all_.at(at_).kind == Statement::Kind::open ? 1 : 0;
            depth -= all_.at(at_).kind == Statement::Kind::close ? 1 : 0;
        }
        --at_;
        if (header.find(".entry") != header.npos) read_kernel(header, std::span(all_).subspan(first, at_ - first));
    }

    void read_kernel(const std::string& header, std::span<const Statement> body) {
        const std::size_t entry = header.find(".entry") + 6, open = header.find('(', entry),
                          close = header.find(')', open);
        const std::string name(trim(std::string_view(header).substr(entry, open - entry)));
        KernelReader reader(name, addresses_, module_.shared_bytes);
        reader.read_parameters(std::string_view(header).substr(open + 1, close - open - 1));
        reader.read_body(body);
        module_.kernels[name] = reader.finish();
    }

    void read_global(std::string_view text) {
        const std::size_t equals = std::min(text.find('='), text.size());
        const Declaration d = read_declaration(trim(text.substr(0, equals)));
        GlobalVariable variable{d.name, std::vector<std::uint8_t>(static_cast<std::size_t>(d.bytes))};
        if (equals < text.size()) fill(variable, trim(text.substr(equals + 1)));
        module_.globals.push_back(std::move(variable));
        addresses_[d.name] = reinterpret_cast<std::uintptr_t>(module_.globals.back().bytes.data());
    }

    static void fill(GlobalVariable& variable, std::string_view list) {
        const auto values = split(list.substr(1, list.size() - 2), ",");
        if (values.size() > variable.bytes.size()) throw Error(variable.name + ": only arrays of bytes have values");
        for (std::size_t i = 0; i < values.size(); ++i)
            variable.bytes[i] = static_cast<std::uint8_t>(number(values[i]));
    }

    /// An array of every kernel; the extern one, which has no size, lies after those that have.
    void read_shared(const std::string& text) {
        const Declaration d = read_declaration(text);
        const bool is_dynamic = text.find(".extern") != text.npos;
        if (!is_dynamic) module_.shared_bytes = aligned(module_.shared_bytes, d.align) + d.bytes;
        if (is_dynamic && module_.shared_bytes > 0)
            throw Error(d.name + ": static and dynamic shared memory in one file");
        addresses_[d.name] = static_cast<std::uint64_t>(module_.shared_bytes - d.bytes);
    }

    Module& module_;
    std::vector<Statement> all_;
    Addresses addresses_;
    std::size_t at_ = 0;
};

}  // namespace

Module read_module(std::string_view text, const std::string& name) {
    Module module;
    module.name = name;
    try {
        ModuleReader(module, statements(text)).read();
    } catch (const Error& error) {
        throw Error(name + ", " + error.what());
    }
    return module;
}

Module load_module(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw Error("cannot read " + file.string());
    return read_module(std::string(std::istreambuf_iterator<char>(in), {}), file.filename().string());
}

}  // namespace ptx
