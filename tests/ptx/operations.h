// The tables of instructions, from the PTX ISA. Each file of tables adds its rows.
#pragma once
#include <string>
#include <unordered_map>

#include "instruction.h"

namespace ptx {

using Operations = std::unordered_map<std::string, Operation>;

void add_integer_operations(Operations& all);
void add_carry_operations(Operations& all);
void add_float_operations(Operations& all);
void add_conversions(Operations& all);
void add_comparisons(Operations& all);
void add_moves(Operations& all);
void add_memory_operations(Operations& all);
void add_control_operations(Operations& all);

}  // namespace ptx
