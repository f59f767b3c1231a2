#include "kernel_reader.h"

#include "error.h"
#include "register_allocation.h"

namespace ptx {

namespace {

bool begins_with(std::string_view text, std::string_view what) {
    return text.substr(0, what.size()) == what;
}

/// The word in front, which is taken off.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
    text = trim(text.substr(word.size()));
    return word;
}

void require_operands(const Instruction& i) {
    const std::size_t expected = i.operation->operands, found = i.operands.size();
    // A shuffle's second destination can be left out.
    const bool right = found == expected || (i.operation->kind == Operation::Kind::shuffle && found + 1 == expected);
    if (!right)
        throw Error("it has " + std::to_string(found) + " operands, the interpreter knows it with " +
                    std::to_string(expected));
}

}  // namespace

KernelReader::KernelReader(const std::string& name, const Addresses& addresses, int shared_bytes)
    : addresses_(addresses) {
    kernel_.name = name;
    kernel_.shared_bytes = shared_bytes;
}

void KernelReader::read_parameters(std::string_view list) {
    for (const std::string_view text : split(list, ",")) {
        const Declaration d = read_declaration(text);
        const int offset = aligned(kernel_.parameter_bytes, d.align);
        addresses_[d.name] = static_cast<std::uint64_t>(offset);
        kernel_.parameters.push_back({offset, d.bytes});
        kernel_.parameter_bytes = offset + d.bytes;
    }
}

void KernelReader::read_body(std::span<const Statement> body) {
    for (const Statement& statement : body) {
        try {
            read(statement);
        } catch (const Error& error) {
            throw Error("line " + std::to_string(statement.line) + ", '" + statement.text + "': " + error.what());
        }
    }
}

void KernelReader::read(const Statement& statement) {
    switch (statement.kind) {
        case Statement::Kind::open:
            return registers_.open_scope();
        case Statement::Kind::close:
            return registers_.close_scope();
        case Statement::Kind::label:
            labels_[statement.text] = static_cast<int>(kernel_.code.size());
            return;
        case Statement::Kind::text:
            return read_statement(statement.text, statement.line);
    }
}

void KernelReader::read_statement(const std::string& text, int line) {
    if (begins_with(text, ".reg")) return declare_registers(text);
    if (begins_with(text, ".loc")) {
        const auto all = words(text);
        place_ = {static_cast<int>(number(all[1])), static_cast<int>(number(all[2]))};
        return;
    }
    for (const char* space : {".shared", ".local", ".param"})
        if (begins_with(text, space)) return declare_array(text);
    if (begins_with(text, ".pragma")) return;  // advice for ptxas
    if (text[0] == '.') throw Error("the interpreter does not know this directive");
    read_instruction(text, line);
}

void KernelReader::declare_registers(std::string_view list) {
    take_word(list);  // .reg
    take_word(list);  // its type
    for (const std::string_view name : split(list, ",")) registers_.declare(name);
}

void KernelReader::declare_array(std::string_view text) {
    const Declaration d = read_declaration(text);
    if (begins_with(text, ".param")) {  // of a call, which is not modelled
        addresses_[d.name] = 0;
        return;
    }
    int& bytes = begins_with(text, ".shared") ? kernel_.shared_bytes : kernel_.local_bytes;
    bytes = aligned(bytes, d.align);
    addresses_[d.name] = static_cast<std::uint64_t>(bytes);
    bytes += d.bytes;
}

void KernelReader::read_instruction(std::string_view text, int line) {
    Instruction i{.text = std::string(text), .line = line, .source = place_};
    if (text[0] == '@') {
        std::string_view guard = take_word(text).substr(1);
        i.guard_negated = guard[0] == '!';
        i.guard = registers_.named(guard.substr(i.guard_negated ? 1 : 0));
    }
    const std::string_view mnemonic = take_word(text);
    i.operation = operation_named(mnemonic);
    if (i.operation == nullptr)
        throw Error("the interpreter has no row for '" + std::string(mnemonic) +
                    "'; add it to its tables in tests/ptx/");
    if (i.operation->kind != Operation::Kind::call) {
        const std::string_view separators = i.operation->kind == Operation::Kind::shuffle ? ",|" : ",";
        for (const std::string_view operand : split(text, separators)) i.operands.push_back(read_operand(operand));
        if (i.operation->kind == Operation::Kind::barrier && text != "0")
            throw Error("only barrier 0 of all threads is modelled");
        require_operands(i);
    }
    kernel_.code.push_back(std::move(i));
}

Operand KernelReader::read_operand(std::string_view text) {
    const std::string_view inside = text.substr(1, text.size() - 2);
    if (text[0] == '[') return read_address(trim(inside));
    if (text[0] == '{') {
        Operand list{.kind = Operand::Kind::list};
        for (const std::string_view part : split(inside, ","))
            list.list.push_back(part == "_" ? Operand::kNone : read_value(part));
        return list;
    }
    if (text[0] == '$') {
        targets_.emplace_back(text);
        return {.kind = Operand::Kind::label, .at = static_cast<int>(targets_.size() - 1)};
    }
    return {.kind = Operand::Kind::value, .at = read_value(text)};
}

Operand KernelReader::read_address(std::string_view inside) {
    Operand address{.kind = Operand::Kind::address};
    if (const auto plus = inside.find('+'); plus != inside.npos) {
        address.offset = static_cast<std::int64_t>(number(trim(inside.substr(plus + 1))));
        inside = trim(inside.substr(0, plus));
    }
    address.at = read_value(inside);
    return address;
}

/// The register that holds a value: a register, a number, or the address of a variable.
int KernelReader::read_value(std::string_view text) {
    if (text[0] == '%') return registers_.named(text);
    const bool is_number = text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
    return registers_.constant(is_number ? number(text) : address_of(text));
}

std::uint64_t KernelReader::address_of(std::string_view name) const {
    const auto found = addresses_.find(std::string(name));
    if (found == addresses_.end()) throw Error("nothing is called '" + std::string(name) + "'");
    return found->second;
}

Kernel KernelReader::finish() {
    for (Instruction& i : kernel_.code) {
        for (Operand& operand : i.operands) {
            if (operand.kind != Operand::Kind::label) continue;
            const std::string& name = targets_[static_cast<std::size_t>(operand.at)];
            const auto found = labels_.find(name);
            if (found == labels_.end()) throw Error("line " + std::to_string(i.line) + ": no label " + name);
            operand.at = found->second;
        }
    }
    registers_.finish(kernel_);
    allocate_registers(kernel_);
    return std::move(kernel_);
}

}  // namespace ptx
