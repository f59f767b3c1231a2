// Reads a kernel: its parameters, then its body, statement by statement.
#pragma once
#include <span>
#include <string>
#include <unordered_map>

#include "symbols.h"
#include "text.h"

namespace ptx {

class KernelReader {
public:
    /// addresses: of the module's variables.
    KernelReader(const std::string& name, const Addresses& addresses, int shared_bytes);

    /// ".param .align 8 .b8 name[280], .param .u32 other": the list in parentheses.
    void read_parameters(std::string_view list);
    /// The body without its outermost braces.
    void read_body(std::span<const Statement> body);
    Kernel finish();

private:
    void read(const Statement& statement);
    void read_statement(const std::string& text, int line);
    void declare_registers(std::string_view list);
    void declare_array(std::string_view text);
    void read_instruction(std::string_view text, int line);
    Operand read_operand(std::string_view text);
    Operand read_address(std::string_view inside);
    int read_value(std::string_view text);
    std::uint64_t address_of(std::string_view name) const;

    Kernel kernel_;
    Registers registers_;
    Addresses addresses_;
    std::unordered_map<std::string, int> labels_;
    std::vector<std::string> targets_;  ///< labels by the number that operands have until all labels are known
    Place place_;
};

}  // namespace ptx
