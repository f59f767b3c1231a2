#include "symbols.h"

#include <map>

#include "error.h"
#include "text.h"

namespace ptx {

namespace {

const std::map<std::string_view, Special> kSpecials{
    {"%tid.x", Special::tid_x},       {"%tid.y", Special::tid_y},       {"%tid.z", Special::tid_z},
    {"%ntid.x", Special::ntid_x},     {"%ntid.y", Special::ntid_y},     {"%ntid.z", Special::ntid_z},
    {"%ctaid.x", Special::ctaid_x},   {"%ctaid.y", Special::ctaid_y},   {"%ctaid.z", Special::ctaid_z},
    {"%nctaid.x", Special::nctaid_x}, {"%nctaid.y", Special::nctaid_y}, {"%nctaid.z", Special::nctaid_z},
    {"%laneid", Special::laneid}};

}  // namespace

void Registers::declare(std::string_view name) {
    const auto bracket = name.find('<');
    if (bracket == name.npos) {
        scopes_.back()[std::string(name)] = count_++;
        return;
    }
    const std::string stem(name.substr(0, bracket));
    const std::uint64_t n = number(name.substr(bracket + 1, name.size() - bracket - 2));
    for (std::uint64_t i = 0; i < n; ++i) scopes_.back()[stem + std::to_string(i)] = count_++;
}

int Registers::named(std::string_view name) {
    const std::string key(name);
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
        if (const auto found = scope->find(key); found != scope->end()) return found->second;
    const auto found = kSpecials.find(name);
    if (found == kSpecials.end()) throw Error("no register is called '" + key + "'");
    const auto [at, is_new] = specials_.try_emplace(static_cast<int>(found->second), count_);
    if (is_new) ++count_;
    return at->second;
}

int Registers::constant(std::uint64_t value) {
    const int next = Operand::kFirstConstant + static_cast<int>(constants_.size());
    const auto [at, is_new] = numbers_.try_emplace(value, next);
    if (is_new) constants_.push_back(value);
    return at->second;
}

void Registers::finish(Kernel& kernel) {
    kernel.registers = count_;
    kernel.constants = std::move(constants_);
    for (const auto& [which, at] : specials_) kernel.specials.emplace_back(at, static_cast<Special>(which));
}

Declaration read_declaration(std::string_view text) {
    Declaration d;
    const auto all = words(text);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        if (all[i] == ".align") d.align = static_cast<int>(number(all[i + 1]));
        if (const auto type = type_named(all[i].substr(all[i][0] == '.' ? 1 : 0))) d.bytes = type->bytes;
    }
    std::string_view name = all.back();
    d.align = std::max(d.align, d.bytes);
    if (const auto bracket = name.find('['); bracket != name.npos) {
        const std::string_view count = name.substr(bracket + 1, name.find(']') - bracket - 1);
        d.bytes *= count.empty() ? 0 : static_cast<int>(number(count));
        name = name.substr(0, bracket);
    }
    d.name = name;
    return d;
}

}  // namespace ptx
