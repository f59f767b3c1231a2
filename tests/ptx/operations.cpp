// The table of all instructions, and the rows of memory, of control and of the warp as a whole.
#include "operations.h"

#include <array>

namespace ptx {

namespace {

using Kind = Operation::Kind;

struct NamedSpace {
    const char* name;
    Space space;
};

/// ld and st of a type, with every vector length.
void add_accesses(Operations& all, const std::string& type, NamedSpace space) {
    for (const auto& [name, length] : {std::pair("", 1), std::pair(".v2", 2), std::pair(".v4", 4)}) {
        const Type element = *type_named(type);
        if (element.bytes * length > 16) continue;
        Operation row{.kind = Kind::load, .operands = 2, .space = space.space, .type = element, .vector = length};
        const std::string rest = std::string(space.name) + name + "." + type;
        all["ld" + rest] = row;
        if (space.space == Space::global) all["ld.global.nc" + rest.substr(7)] = row;
        row.kind = Kind::store;
        if (space.space == Space::param) row.kind = Kind::call;  // arguments of one
        all["st" + rest] = row;
    }
}

void add_matrix_operations(Operations& all) {
    for (const int matrices : {1, 2, 4})
        for (const bool transposed : {false, true})
            all["ldmatrix.sync.aligned.m8n8.x" + std::to_string(matrices) + (transposed ? ".trans" : "") +
                ".shared.b16"] = {.kind = Kind::load_matrix,
                                  .operands = 2,
                                  .space = Space::shared,
                                  .vector = matrices,
                                  .transposed = transposed};
    all["mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"] = {.kind = Kind::multiply, .operands = 4};
}

}  // namespace

void add_memory_operations(Operations& all) {
    const std::array<NamedSpace, 5> spaces{{{"", Space::generic},
                                            {".global", Space::global},
                                            {".shared", Space::shared},
                                            {".local", Space::local},
                                            {".param", Space::param}}};
    for (const auto& space : spaces)
        for (const char* type :
             {"b8", "u8", "s8", "b16", "u16", "s16", "b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64"})
            add_accesses(all, type, space);
}

void add_control_operations(Operations& all) {
    for (const char* name : {"bra", "bra.uni"}) all[name] = {.kind = Kind::branch, .operands = 1};
    for (const char* name : {"ret", "exit"}) all[name] = {.kind = Kind::exit, .operands = 0};
    for (const char* name : {"call", "call.uni"}) all[name] = {.kind = Kind::call, .operands = 0};
    all["bar.sync"] = {.kind = Kind::barrier, .operands = 1};
    all["bar.warp.sync"] = {.kind = Kind::warp_barrier, .operands = 1};
    all["griddepcontrol.wait"] = {.kind = Kind::await_launch, .operands = 0};
    all["griddepcontrol.launch_dependents"] = {.kind = Kind::begin_next, .operands = 0};
    using Shuffle = Operation::Shuffle;
    for (const auto& [name, way] : {std::pair("bfly", Shuffle::exclusive_or), std::pair("idx", Shuffle::index),
                                    std::pair("up", Shuffle::up), std::pair("down", Shuffle::down)})
        all["shfl.sync." + std::string(name) + ".b32"] = {.kind = Kind::shuffle, .operands = 6, .shuffle = way};
    add_matrix_operations(all);
}

const Operation* operation_named(std::string_view mnemonic) {
    static const Operations all = [] {
        Operations table;
        add_integer_operations(table);
        add_carry_operations(table);
        add_float_operations(table);
        add_conversions(table);
        add_comparisons(table);
        add_moves(table);
        add_memory_operations(table);
        add_control_operations(table);
        return table;
    }();
    const auto found = all.find(std::string(mnemonic));
    return found == all.end() ? nullptr : &found->second;
}

}  // namespace ptx
