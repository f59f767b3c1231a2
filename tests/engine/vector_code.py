"""Reads the machine code of the CPU engine's loops: each level's must work on full registers of that level.

    vector_code.py OBJECT...     needs nothing but Python and objdump

A loop that a compiler has left scalar gives the same results, so no other test sees it.
"""
import re
import subprocess
import sys

REGISTERS = {"base": "xmm", "avx2": "ymm", "avx512": "zmm"}
LOOPS = ["bias_activation<float>", "bias_sigmoid<float>", "bce<float>", "mse<float>", "score_bce<float>",
         "score_mse<float>", "activation_grad<float>", "corrupt<float>", "sum_rows<float>", "adam<float>", "multiply",
         "multiply_tn", "multiply_dense"]

FUNCTION = re.compile(r"^[0-9a-f]+ <(?:[^<>]* )?ae::(base|avx2|avx512)::([a-z_]+(?:<float>)?)\(")
PACKED = re.compile(r"\bv?(?:add|sub|mul|div|max|cmp|fmadd|fnmadd)[a-z0-9_]*ps\b.*%(xmm|ymm|zmm)")


def disassemble(objects):
    command = ["objdump", "-d", "-C", "--no-show-raw-insn", *objects]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def packed_instructions(text):
    """How many packed operations on floats each loop of each level has, by (level, loop, register)."""
    counts, at = {}, None
    for line in text.splitlines():
        if line.endswith(">:"):
            function = FUNCTION.match(line)
            at = function and function.groups()
        elif at and (packed := PACKED.search(line)):
            key = (*at, packed[1])
            counts[key] = counts.get(key, 0) + 1
    return counts


def problems(text):
    """A line for each loop that is missing, or has no packed operation of its level's width."""
    counts = packed_instructions(text)
    levels = REGISTERS if "file format elf64-x86-64" in text else {}
    return [f"{level}: {loop} has no packed operation on %{register}"
            for level, register in levels.items() for loop in LOOPS if not counts.get((level, loop, register))]


def main():
    found = problems(disassemble(sys.argv[1:]))
    print("\n".join(found) or f"{len(LOOPS)} loops are vector code at every level")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
