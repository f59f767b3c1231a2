// A kernel that has been read: instructions whose operands are numbers of registers.
//
// Special registers (%tid.x, …) are registers like others, which are set when a warp begins; constants are numbers of
// registers beyond, which all warps share. So every source of a value is a register.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "values.h"

namespace ptx {

struct Instruction;
struct Warp;

/// Arithmetic of each lane by itself, in the lanes of a mask.
using LaneFunction = void (*)(Warp& warp, const Instruction& instruction, std::uint32_t lanes);

enum class Space { generic, global, shared, local, param };

/// A row of the tables of instructions: what one mnemonic with all its modifiers does.
struct Operation {
    enum class Kind {
        lanes,         ///< arithmetic, by `function`
        load,          ///< from `space` to registers
        store,         ///< and back
        shuffle,       ///< values from other lanes
        load_matrix,   ///< ldmatrix
        multiply,      ///< mma
        branch,        ///< to an instruction
        exit,          ///< the end of a lane
        barrier,       ///< of the block
        warp_barrier,  ///< of lanes of a warp
        await_launch,  ///< until the launch before has ended
        begin_next,    ///< lets the next launch begin
        call           ///< of a function: not modelled, an error where it is reached
    };
    enum class Shuffle { exclusive_or, index, up, down };

    Kind kind = Kind::lanes;
    std::size_t operands = 0;
    LaneFunction function = nullptr;
    Space space = Space::generic;
    Type type{};                              ///< of an element in memory
    int vector = 1;                           ///< elements of a load or store, matrices of ldmatrix
    bool transposed = false;                  ///< of ldmatrix
    Shuffle shuffle = Shuffle::exclusive_or;  ///< where a lane takes its value from
};

/// The row of a mnemonic, "add.rn.f32"; null where the tables have none.
const Operation* operation_named(std::string_view mnemonic);

struct Operand {
    static constexpr int kNone = -1;                ///< "_", a destination that is thrown away
    static constexpr int kFirstConstant = 1 << 24;  ///< from here on the constants of the kernel are meant

    enum class Kind { value, list, address, label };
    Kind kind = Kind::value;
    int at = kNone;              ///< the register of a value, the base of an address, the instruction of a label
    std::int64_t offset = 0;     ///< of an address
    std::vector<int> list = {};  ///< registers in braces
};

struct Place {
    int file = 0, line = 0;  ///< of the source, where the PTX says
    auto operator<=>(const Place&) const = default;
};

struct Instruction {
    const Operation* operation = nullptr;
    int guard = Operand::kNone;  ///< the predicate in front
    bool guard_negated = false;
    std::vector<Operand> operands = {};
    std::string text;  ///< for messages
    int line = 0;      ///< in the file of PTX
    Place source{};

    int destination() const { return operands[0].at; }
    int operand(std::size_t i) const { return operands[i].at; }
};

enum class Special {
    tid_x,
    tid_y,
    tid_z,
    ntid_x,
    ntid_y,
    ntid_z,
    ctaid_x,
    ctaid_y,
    ctaid_z,
    nctaid_x,
    nctaid_y,
    nctaid_z,
    laneid
};

struct Parameter {
    int offset = 0, bytes = 0;
};

struct Kernel {
    std::string name;  ///< mangled
    std::vector<Instruction> code;
    int registers = 0;  ///< that a warp needs
    std::vector<std::uint64_t> constants;
    std::vector<std::pair<int, Special>> specials;
    std::vector<Parameter> parameters;
    int parameter_bytes = 0, local_bytes = 0, shared_bytes = 0;
};

}  // namespace ptx
